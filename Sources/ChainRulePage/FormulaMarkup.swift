/// What stands on the page before the script fills it; words come from the script's table of strings.
enum FormulaMarkup {
  static let body = #"""
    <body>
    <header>
      <h1 data-text="title"></h1> <span class="note lead" data-text="lead"></span>
      <div id="lessonbar" class="bar">
        <label for="lesson" data-text="lesson"></label> <button type="button" id="previousLesson" data-label="previousLesson">‹</button>
        <select id="lesson"></select> <button type="button" id="nextLesson" data-label="nextLesson">›</button>
      </div>
    </header>
    <section class="typed">
      <label for="formula" class="unseen" data-text="formula"></label>
      <textarea id="formula" rows="1" spellcheck="false" autocomplete="off" autocapitalize="off" aria-describedby="mistake"></textarea>
      <div id="mistake" role="alert" hidden></div>
      <div id="values" role="group" data-label="values"></div>
    </section>
    <div class="controls" role="toolbar" data-label="step">
      <button type="button" id="first" data-label="first">|◀</button><button type="button" id="back" data-label="back">◀</button>
      <button type="button" id="play" class="primary" data-label="playLabel">▶</button>
      <button type="button" id="next" data-label="next">▶</button><button type="button" id="last" data-label="last">▶|</button>
      <input type="range" id="step" min="0" max="1" value="0" data-label="step"><output id="count" for="step"></output>
      <select id="speed" data-label="speed"><option value="2400">½×</option><option value="1200" selected>1×</option><option value="500">2×</option></select>
      <select id="hide" data-label="hide"><option value="none" data-text="hideNothing"></option><option value="gradients" data-text="hideGradients"></option><option value="all" data-text="hideAll"></option></select>
      <button type="button" id="quiz" aria-pressed="false" data-text="quiz"></button>
    </div>
    <div id="words" class="words" role="status" aria-live="polite"></div>
    <main>
      <div class="left">
        <div id="folds" class="bar" hidden></div>
        <div id="frame" role="region" tabindex="0" data-label="drawing"><svg id="drawing" role="group" data-label="drawing"></svg></div>
        <div class="bar"><button type="button" id="share" data-text="share"></button><button type="button" id="svg" data-text="svg"></button><button type="button" id="png" data-text="png"></button><button type="button" id="latex" data-text="latex"></button><button type="button" id="print" data-text="print"></button></div>
        <div class="tables">
          <details open id="forward"><summary data-text="forward"></summary><div class="scroll" tabindex="0" role="region" data-label="forward"><table><thead><tr><th scope="col" data-text="node"></th><th scope="col" data-text="expression"></th><th scope="col" class="n" data-text="value"></th></tr></thead><tbody></tbody></table></div></details>
          <details open id="backward"><summary data-text="backward"></summary><div class="scroll" tabindex="0" role="region" data-label="backward"><table><thead><tr><th scope="col" data-text="node"></th><th scope="col" data-text="consumer"></th><th scope="col" class="n" data-text="upstream"></th><th scope="col" class="n" data-text="local"></th><th scope="col" class="n" data-text="product"></th><th scope="col" class="n" data-text="gradient"></th></tr></thead><tbody></tbody></table></div></details>
        </div>
        <div id="handout"></div>
      </div>
      <aside>
        <section id="quizbox" hidden><h2 data-text="quiz"></h2><p id="score" role="status"></p><div class="bar"><button type="button" id="csv" data-text="csv"></button><button type="button" id="key" data-text="keyTitle"></button></div></section>
        <section id="lessonbox" hidden></section>
        <section><h2 data-text="chosen"></h2><div id="chosen" aria-live="polite"></div></section>
        <section><h2 data-text="paths"></h2><label for="target" data-text="pathsFrom"></label> <select id="target"></select><ul id="paths" class="list"></ul><p id="pathsum" class="note" role="status"></p></section>
        <details id="changebox"><summary data-text="change"></summary><select id="knob" data-label="change"></select> <input type="range" id="slider"><p id="sliderout" class="note" role="status"></p><svg id="curve" class="plot" viewBox="0 0 340 172" role="img"></svg></details>
        <details id="updatebox"><summary data-text="update"></summary>
          <p>w ← w − η ∂f/∂w</p>
          <div class="fields"><label><span data-text="rate"></span> <input type="text" id="rate" value="0.1" size="6" autocomplete="off"></label><label><span data-text="method"></span> <select id="method"></select></label><label>→ <select id="xknob"></select></label><label>↑ <select id="yknob"></select></label></div>
          <div class="bar"><button type="button" id="one" class="primary" data-text="one"></button><button type="button" id="ten" data-text="ten"></button><button type="button" id="again" data-text="again"></button><button type="button" id="all" data-text="all"></button></div>
          <p id="told" class="note" role="status"></p><svg id="surface" class="plot" viewBox="0 0 340 300" role="img" data-label="surface"></svg></details>
        <details id="pointsbox"><summary data-text="classify"></summary>
          <div class="fields"><label><span data-text="points"></span> <select id="kind"><option value="0">●</option><option value="1">■</option><option value="2">▲</option></select></label><label><span data-text="layers"></span> <input type="text" id="layers" value="6-6" size="6" autocomplete="off"></label></div>
          <canvas id="cloud" width="320" height="320" role="img" data-label="classify"></canvas><canvas id="units" width="320" height="68" role="img" data-label="layers"></canvas>
          <div class="bar"><button type="button" id="train" class="primary" data-text="train"></button><button type="button" id="resetcloud" data-text="reset"></button><button type="button" id="clearcloud" data-text="clear"></button><button type="button" id="opencloud" data-text="open"></button></div><p id="cloudtold" class="note" role="status"></p></details>
      </aside>
    </main>
    <footer class="note" data-text="keys"></footer>
    </body>
    """#
}
