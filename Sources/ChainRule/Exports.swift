// One import for what most programs need: recording, differentiation and programs (Core), linear algebra and order
// (Mathematics), loops and implicit functions (Transforming), formulas (Expression), checks (Checking, of claims
// Claiming), explanations (Explaining builds them, Drawing draws them), and programs as text for other engines
// (StableHLO).
@_exported import ChainRuleChecking
@_exported import ChainRuleClaiming
@_exported import ChainRuleCore
@_exported import ChainRuleDeriving
@_exported import ChainRuleDrawing
@_exported import ChainRuleExplaining
@_exported import ChainRuleExpression
@_exported import ChainRuleMathematics
@_exported import ChainRuleStableHLO
@_exported import ChainRuleTransforming
