import ChainRule

func valueAndGradientOfASum() throws {
  let (value, slopes) = try valueAndGradient(at: Tensor([1, 2])) { v in (v * v).sum() }
  print(value, slopes)
}
