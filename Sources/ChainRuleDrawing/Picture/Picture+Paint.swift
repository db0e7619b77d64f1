extension Picture {
  /// How every part of a drawing looks.
  static let paint = Paint(rules: [
    .init(".paper", ["fill": .color(.paper)]),
    .init(".box", ["fill": .color(.box), "stroke": .color(.edge), "stroke-width": "1.2"]),
    .init(".leaf .box", ["fill": .color(.leaf), "stroke": .color(.value)]),
    .init(".constant .box", ["fill": .color(.paper), "stroke-dasharray": "3 3"]),
    .init(".entry .box", ["fill": .color(.paper), "stroke-dasharray": "6 3"]),
    .init(".exit .box", ["fill": .color(.paper), "stroke-dasharray": "6 3"]),
    .init(".module .box", ["fill": .color(.module), "stroke-width": "2"]),
    .init(".glyph", ["fill": .color(.ink), "font-size": .pixels(14), "font-weight": "600", "text-anchor": "middle"]),
    .init(".name", ["fill": .color(.faint), "font-size": .pixels(11), "text-anchor": "middle"]),
    .init(".tag", ["fill": .color(.faint), "font-size": .pixels(11)]),
    .init(".legend", ["fill": .color(.faint), "font-size": .pixels(11)]),
    .init(".heading", ["fill": .color(.ink), "font-size": .pixels(14), "font-weight": "600"]),
    .init(".wire", ["fill": "none", "stroke": .color(.wire), "stroke-width": "1.3"]),
    .init(".idle", ["stroke-dasharray": "2 4"]),
    .init(".value", ["fill": .color(.value), "font-size": .pixels(13), "font-weight": "600"]),
    .init(".gradient", ["fill": .color(.gradient), "font-size": .pixels(13), "font-weight": "600"]),
    .init(".local", ["fill": .color(.local), "font-size": .pixels(11)]),
    .init(".product", ["fill": .color(.gradient), "font-size": .pixels(11)]),
    .init(".sum", ["fill": .color(.gradient), "font-size": .pixels(11)]),
    .init(".legend tspan", ["font-size": .pixels(11), "font-weight": "400"]),
    .init(".fork circle", ["fill": .color(.paper), "stroke": .color(.gradient)]),
    .init(".fork text", ["fill": .color(.gradient), "font-size": .pixels(11), "text-anchor": "middle"]),
    .init(".arrow", ["fill": .color(.wire)]),
  ])
}
