/// How the scripts of pages write a number; the rule of ``NumberText``.
package enum NumberScript {
  package static let short = #"""
    const plain = x => typeof x === "string" ? Number(x) : x;

    function short(x, digits = 4) {
      x = plain(x);
      if (Number.isNaN(x)) return "nan";
      if (!Number.isFinite(x)) return x < 0 ? "−∞" : "∞";
      if (x === 0) return "0";
      const sign = x < 0 ? "−" : "", size = Math.abs(x);
      const places = Number(size.toExponential().split("e")[1]);
      const kept = Math.max(1, digits, places < 7 ? places + 1 : 1);
      let [mantissa, exponent] = size.toExponential(Math.min(kept, 17) - 1).split("e");
      exponent = Number(exponent);
      let all = mantissa.replace(".", "").replace(/0+$/, "") || "0";
      if (exponent < -4 || exponent >= Math.max(digits, 7)) {
        const power = String(Math.abs(exponent)).padStart(2, "0");
        return sign + all[0] + (all.length > 1 ? "." + all.slice(1) : "") + "e" + (exponent < 0 ? "−" : "+") + power;
      }
      if (exponent < 0) return sign + "0." + "0".repeat(-exponent - 1) + all;
      if (all.length <= exponent + 1) return sign + all.padEnd(exponent + 1, "0");
      return sign + all.slice(0, exponent + 1) + "." + all.slice(exponent + 1);
    }

    """#
}
