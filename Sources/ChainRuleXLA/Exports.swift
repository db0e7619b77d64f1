// One import for an engine of other devices, and the text of programs that it reads.
@_exported import ChainRule
@_exported import ChainRuleStableHLO
