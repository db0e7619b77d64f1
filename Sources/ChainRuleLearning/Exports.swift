// Models are written in graph nodes, so one import brings both libraries.
@_exported import ChainRule
@_exported import ChainRuleTraining
