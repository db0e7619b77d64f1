/// The style sheet of a page: the colours of the pictures, a layout that fits a phone and a printer.
enum PageStyle {
  static let text =
    Palette.variables() + "\n" + Picture.paint.style("svg.chainrule") + """

      svg.chainrule{background:var(--paper);font-family:\(Palette.font)}
      :root{color-scheme:light dark}
      *{box-sizing:border-box}
      [hidden]{display:none!important}
      body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
      header,main,footer{padding:0 20px}
      h1{font:600 1.35rem/1.3 \(Palette.font);margin:16px 0 2px;overflow-wrap:anywhere}
      h2{font-size:1rem;margin:0 0 8px}
      .result{margin:0 0 10px;font:1rem \(Palette.font)}
      .v{color:var(--value)}.g{color:var(--gradient)}.l{color:var(--local)}
      .controls{position:sticky;top:0;z-index:2;background:var(--paper);border-bottom:1px solid var(--line);padding:8px 20px;\
      display:flex;flex-wrap:wrap;gap:6px 8px;align-items:center}
      button,select,input{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--faint);border-radius:6px;\
      padding:5px 10px;min-height:36px}
      button{cursor:pointer;min-width:38px}
      button:disabled{opacity:.45;cursor:default}
      button.primary{background:var(--now);border-color:var(--now);color:var(--paper);font-weight:600}
      :focus-visible{outline:3px solid var(--now);outline-offset:2px}
      svg g:focus,svg g:focus-visible{outline:none}
      svg g:focus-visible .box{stroke:var(--now);stroke-width:3.5}
      .controls input[type=range]{flex:1 1 140px;min-width:120px;padding:0;border:0;background:none;accent-color:var(--now)}
      .words{margin:10px 20px;padding:8px 12px;border-left:4px solid var(--now);background:var(--panel);\
      font:1rem/1.5 \(Palette.font);min-height:3.6em;overflow-wrap:anywhere}
      .words .kind{color:var(--faint);font-size:.85rem;display:block}
      main{display:grid;grid-template-columns:minmax(0,1fr) 360px;gap:16px;align-items:start}
      .left{min-width:0}
      .drawing{margin-bottom:12px;border:1px solid var(--line);border-radius:8px;overflow:auto;max-height:72vh}
      .drawing svg{display:block;margin:auto}
      .inside{border-left:4px solid var(--faint);padding-left:10px;margin:0 0 12px;scroll-margin-top:64px}
      .inside .close{margin-bottom:6px;font:600 .9rem \(Palette.font);text-align:left;overflow-wrap:anywhere}
      svg.chainrule .module.open .box{stroke-dasharray:7 4}
      aside>section,.tables>details{border:1px solid var(--line);border-radius:8px;padding:12px;margin-bottom:12px}
      .fields{display:grid;grid-template-columns:repeat(auto-fill,minmax(120px,1fr));gap:8px}
      .fields label{display:grid;gap:2px;font:.9rem \(Palette.font)}
      .fields input{width:100%}
      .fields input[aria-invalid=true]{border-color:var(--warn)}
      .fields .note{margin:0;min-height:1.3em}
      table{border-collapse:collapse;font:.85rem \(Palette.font)}
      th{text-align:left;color:var(--faint);font-weight:500;border-bottom:1px solid var(--line)}
      th,td{padding:3px 18px 3px 0;vertical-align:top}
      th.n,td.n{text-align:right;white-space:pre}
      tr.sum td{border-bottom:1px solid var(--line);padding-bottom:6px}
      .scroll{overflow-x:auto}
      dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:3px 12px;margin:0 0 10px;font:.9rem \(Palette.font)}
      dt{color:var(--faint)}
      dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;min-width:0}
      dd.m{white-space:pre;overflow-x:auto}
      .list{display:grid;gap:6px;margin:8px 0 0;padding:0;list-style:none}
      .list button{width:100%;text-align:left;font:.85rem/1.4 \(Palette.font);overflow-wrap:anywhere}
      .list button[aria-pressed=true]{border-color:var(--now);box-shadow:inset 4px 0 0 var(--now)}
      .note{color:var(--faint);font-size:.9rem;margin:6px 0}
      svg.chainrule g[data-node],svg.chainrule g[data-module]{cursor:pointer}
      svg.chainrule .off{visibility:hidden}
      svg.chainrule .wire.now{stroke:var(--now);stroke-width:3}
      svg.chainrule .now .box{stroke:var(--now);stroke-width:3;fill:var(--shade)}
      svg.chainrule .from .box{stroke:var(--now);stroke-width:2.2}
      svg.chainrule .chosen .box{stroke-width:3;stroke-dasharray:none}
      svg.chainrule.has-path .wire:not(.path),svg.chainrule.has-path g:not(.path):not(.defs),\
      svg.chainrule.has-path text[data-node]:not(.path),svg.chainrule.has-path text[data-edge]:not(.path){opacity:.22}
      svg.chainrule .wire.path{stroke:var(--now);stroke-width:3}
      svg.chainrule .path .box{stroke:var(--now);stroke-width:2.4}
      summary{cursor:pointer;font-weight:600}
      kbd{font:.85em \(Palette.font);border:1px solid var(--line);border-radius:4px;padding:0 4px;background:var(--panel)}
      footer{color:var(--faint);font-size:.85rem;padding-bottom:24px}
      @media (max-width:860px){main{grid-template-columns:minmax(0,1fr)}.left{display:contents}\
      .tables{order:3}header,main,footer{padding:0 10px}\
      .controls{padding:6px 10px}.words{margin:8px 10px}.drawing{max-height:60vh}}
      @page{size:portrait;margin:14mm}
      @media print{.controls,.words,footer,aside select,\
      aside>section:not(:has(dl,li)){display:none!important}main{display:block}\
      .drawing{max-height:none;overflow:visible;border:0}.inside{break-inside:avoid}\
      .drawings:has(.lines) .drawing[data-view]:not(.lines){display:none!important}.drawing.lines[hidden]{display:block!important}.drawing svg{max-width:100%;height:auto;max-height:86vh}body{font-size:11pt}\
      .tables details{break-inside:avoid;border:0}}
      """
}
