// One import for an engine of other devices, and the programs that it runs.
@_exported import ChainRule
