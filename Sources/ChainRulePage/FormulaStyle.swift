import ChainRule

/// The style sheet of the page: the palette of all pictures, a layout that fits a phone and a sheet of paper.
enum FormulaStyle {
  static let text =
    Palette.variables() + #"""

      :root{color-scheme:light dark;--mono:\#(Palette.font)}
      *{box-sizing:border-box}
      [hidden]{display:none!important}
      body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
      header,.typed,main,footer{padding:0 16px}
      header{display:flex;flex-wrap:wrap;gap:4px 24px;align-items:center;padding-top:8px;padding-bottom:6px}
      h1{font-size:1.2rem;margin:0}h2{font-size:1rem;margin:0 0 6px}h3{font:600 .95rem var(--mono);margin:8px 0 4px;overflow-wrap:anywhere}
      .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
      .lead{flex:1 1 240px}
      .note{color:var(--faint);font-size:.88rem;margin:4px 0}
      .bar{display:flex;flex-wrap:wrap;gap:6px;align-items:center;margin:6px 0}
      button,select,input,textarea{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:3px 9px;min-height:34px;max-width:100%}
      button{cursor:pointer;min-width:36px}button:disabled{opacity:.5;cursor:default}
      button.primary{background:var(--now);border-color:var(--now);color:var(--paper);font-weight:600}
      button[aria-pressed=true]{border-color:var(--now);box-shadow:inset 0 0 0 1px var(--now)}
      :focus-visible{outline:3px solid var(--now);outline-offset:1px}
      [aria-invalid=true]{border-color:var(--warn);box-shadow:inset 0 0 0 1px var(--warn)}
      #lesson{max-width:52vw}#lessonbar{margin:0}#formula{width:100%;display:block;font:1.05rem/1.4 var(--mono);resize:vertical}
      #mistake{border-left:4px solid var(--warn);padding:4px 10px;margin:6px 0;background:var(--panel)}
      #mistake pre{margin:4px 0 0;font:.9rem/1.3 var(--mono);overflow-x:auto}
      #values{display:flex;flex-wrap:wrap;gap:4px 12px;margin:6px 0;max-height:122px;overflow:auto;padding:1px}
      .field{display:flex;align-items:center;gap:4px;font:.95rem var(--mono);flex-wrap:wrap;max-width:100%}
      .field input[type=text]{width:8ch;max-width:60vw}.field .by{color:var(--gradient)}.field label:first-child{overflow-wrap:anywhere;min-width:0}.field .note:empty{display:none}
      input[type=checkbox]{min-height:0;width:18px;height:18px;vertical-align:-3px;accent-color:var(--now)}
      .controls{position:sticky;top:0;z-index:2;background:var(--paper);border-bottom:1px solid var(--line);padding:5px 16px;display:flex;flex-wrap:wrap;gap:5px 6px;align-items:center}
      input[type=range]{flex:1 1 120px;min-width:90px;padding:0;border:0;background:none;accent-color:var(--now)}
      .words{margin:6px 16px;padding:5px 12px;border-left:4px solid var(--now);background:var(--panel);font:1rem/1.45 var(--mono);min-height:3.4em;overflow-wrap:anywhere}
      .v{color:var(--value)}.g{color:var(--gradient)}.l{color:var(--local)}.warn{color:var(--warn)}
      .stale main,.stale .words,.stale .controls{opacity:.45}
      main{display:grid;grid-template-columns:minmax(0,1fr) 372px;gap:14px;align-items:start}
      .left{min-width:0}
      #frame{border:1px solid var(--line);border-radius:8px;overflow:auto;text-align:center}
      #drawing{display:block;margin:auto}
      #drawing text{font:13px var(--mono);fill:var(--ink);white-space:pre}
      #drawing .head{font-weight:600}#drawing text.value{fill:var(--value)}#drawing text.gradient{fill:var(--gradient)}#drawing text.local{fill:var(--local)}
      #drawing rect{fill:var(--box);stroke:var(--edge)}#drawing .input rect{fill:var(--leaf)}
      #drawing .box{cursor:pointer}#drawing .box:focus{outline:none}#drawing .box:focus-visible rect{stroke:var(--now);stroke-width:3.5}
      #drawing .now rect{stroke:var(--now);stroke-width:3;fill:var(--shade)}#drawing .from rect{stroke:var(--now);stroke-width:2}
      #drawing .chosen rect{stroke-dasharray:6 3;stroke-width:2.5}#drawing .box.path rect{stroke:var(--now);stroke-width:2.5}
      .wire{fill:none;stroke:var(--wire);stroke-width:1.5}.wire.now{stroke:var(--now);stroke-width:3.5}.wire.path{stroke:var(--now);stroke-width:3}
      aside>section,aside>details,.tables>details{border:1px solid var(--line);border-radius:8px;padding:10px;margin-bottom:10px}
      summary{cursor:pointer;font-weight:600}
      .scroll{overflow:auto;max-height:340px;position:relative}
      table{border-collapse:collapse;font:.85rem var(--mono)}
      th{position:sticky;top:0;background:var(--paper);text-align:left;color:var(--faint);font-weight:500;border-bottom:1px solid var(--line)}
      th,td{padding:2px 14px 2px 4px;vertical-align:top}th.n,td.n{text-align:right}
      tr.now td{background:var(--shade)}
      dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:2px 10px;margin:0 0 8px;font:.9rem var(--mono)}
      dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere;min-width:0}dd.m{white-space:pre;overflow-x:auto}
      .list{display:grid;gap:5px;margin:6px 0 0;padding:0;list-style:none;max-height:260px;overflow:auto}
      .list button{width:100%;text-align:left;font:.85rem/1.4 var(--mono);overflow-wrap:anywhere}
      .fields{display:flex;flex-wrap:wrap;gap:6px 12px}.fields input{width:5em}
      .plot{width:100%;height:auto;display:block}.plot text{font:11px var(--mono);fill:var(--faint)}
      .curve,.trail{fill:none;stroke:var(--value);stroke-width:2}.tangent{fill:none;stroke:var(--gradient);stroke-width:2;stroke-dasharray:5 3}
      .point{fill:var(--now)}.contour{fill:none;stroke:var(--faint)}.trail{stroke:var(--now)}
      .plot .t0{stroke:var(--now)}.plot .t1{stroke:var(--gradient)}.plot .t2{stroke:var(--value)}.plot .t3{stroke:var(--local)}.plot text[class]{stroke:none}
      .plot .dot{fill:var(--paper)}.plot text.t0{fill:var(--now)}.plot text.t1{fill:var(--gradient)}.plot text.t2{fill:var(--value)}.plot text.t3{fill:var(--local)}
      canvas{width:100%;max-width:340px;height:auto;border:1px solid var(--line);border-radius:6px;display:block;margin:6px 0}
      .choices{display:flex;flex-wrap:wrap;gap:6px;margin:4px 0}
      #handout ol{font:.9rem/1.5 var(--mono)}
      @media (max-width:900px){main{grid-template-columns:minmax(0,1fr)}}
      @media (max-width:700px){.lead{display:none}#lesson{max-width:44vw}header,.typed,main,footer{padding-left:8px;padding-right:8px}.controls{padding:4px 8px}.words{margin:4px 8px;min-height:5em}}
      @page{size:A4;margin:14mm}
      @media print{.controls,.words,aside,footer,.bar,#lessonbar,.by{display:none!important}main{display:block}#frame{border:0;overflow:visible}
      #drawing{max-width:100%;height:auto}.scroll{max-height:none;overflow:visible}.tables{break-before:auto}li,tr{break-inside:avoid}body{font-size:10.5pt}.tables>details{border:0;padding:0}}

      """#
}
