import ChainRuleFiles

func encodeTable() throws {
  let text = """
    size,color,kind
    1,red,a
    3,blue,b
    ,red,a
    5,blue,b

    """
  let table = try CSVTable(text, file: "t.csv")
  let encoder = try TableEncoder.fit(table, target: ["kind"])
  print(encoder.featureNames)
  print(try encoder.transform(table).inputs)

  let other = try CSVTable("color,size\ngreen,3\nred,1\n", file: "new.csv")
  print(try encoder.features(of: other))
}
