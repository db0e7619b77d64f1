/// JavaScript of the special functions, for pages: functions of one text each, applied to the operands `a`, `b`, `c`.
/// To twelve digits or more at ordinary arguments; pages do not promise the tails.
enum PageScripts {
  /// ψ⁽ⁿ⁾(x): a shift to 20, then Stirling's series.
  private static let psi = """
    ((n,x)=>{let f=1,s=0,k=1;for(;k<n;k++)f*=k;for(;x<20;x++)s+=x**-(n+1);\
    let z=1/x/x,p=z,t=0,w=n?n*(n+1)/2:.5;k=1;for(const q of [1/6,-1/30,1/42,-1/30,5/66,-691/2730,7/6])\
    {t+=q*w*p;p*=z;w*=(2*k+n)*(2*k+n+1)/(2*k+1)/(2*k+2);k++}\
    return n?(n%2?1:-1)*f*(x**-n*(1+n/2/x+t)+n*s):Math.log(x)-.5/x-t-s})
    """
  /// ln |Γ(x)|: a shift to 8, then Stirling's series; reflection below 0.
  private static let lnGamma = """
    (x=>{const g=x=>{let p=1;for(;x<8;x++)p*=x;const r=1/x,z=r*r;return(x-.5)*Math.log(x)-x+.9189385332046728-Math.log(p)\
    +r*(1/12-z*(1/360-z*(1/1260-z*(1/1680-z*(1/1188-z*(691/360360-z*(1/156-z*3617/122400)))))))};\
    return x>0?g(x):Math.log(Math.PI/Math.abs(x*Math.sin(Math.PI*x)))-g(-x)})
    """
  /// The derivative of order n of e^(x²) erfc x: the repeated integrals of erfc, backward above ½ and forward below.
  private static let erfcxOrder = """
    ((n,x)=>{let k,y,w=1,u=0,v=1e-280;if(x>.5){for(k=Math.ceil((Math.sqrt(2*n+2)+22/x)**2/2);k>=0;k--)\
    {if(k==n)w=v;[u,v]=[v,(2*k+2)*u+2*x*v];if(v>1e200){u/=1e250;v/=1e250;w/=1e250}}y=w/v*1.1283791670955126}\
    else{let t=x,s=x;for(k=1;k<400&&Math.abs(t)>1e-18*Math.abs(s);k++)s+=t*=2*x*x/(2*k+1);\
    u=1.1283791670955126;y=Math.exp(x*x)-u*s;for(k=1;k<=n;k++)[u,y]=[y,(u-2*x*y)/2/k]}\
    for(k=1;k<=n;k++)y*=-2*k;return y})
    """
  /// erfc x.
  private static let complement = "(x=>Math.exp(-x*x)*\(erfcxOrder)(0,x))"
  /// t with erfc t = q ≤ 1: Newton's method from Winitzki's start.
  private static let tailInverse = """
    ((q,F)=>{const l=Math.log(q*(2-q)),h=2/Math.PI/.147+l/2;let t=Math.sqrt(Math.max(0,Math.sqrt(h*h-l/.147)-h));\
    for(let k=0;k<9;k++)t+=(F(t)-q)/1.1283791670955126*Math.exp(t*t);return t})
    """
  /// The derivative of order k of sin(πx)/(πx).
  private static let sincOrder = """
    ((k,x)=>{const P=Math.PI,t=P*x;let s=0,j=(k+1)>>1;if(Math.abs(t)<4+k){let w=(j%2?-1:1)*(2*j>k?t:1);\
    for(;j<60;j++){s+=w/(2*j+1);w*=-t*t/(2*j-k+1)/(2*j-k+2)}return s*P**k}\
    for(j=0;j<=k;j++)s=(P**(j-1)*[Math.sin(t),Math.cos(t),-Math.sin(t),-Math.cos(t)][j%4]-j*s)/x;return s})
    """
  /// Iₙ(x) by its power series.
  private static let bessel = """
    ((n,x)=>{n=Math.abs(n);let k,t=1;for(k=1;k<=n;k++)t*=x/2/k;let s=t;\
    for(k=1;k<2000&&Math.abs(t)>1e-18*Math.abs(s);k++)s+=t*=x*x/4/k/(k+n);return s})
    """
  /// The derivative of order j of e^(−|x|) Iₙ(x).
  private static let scaledBessel = """
    ((n,j,x)=>{const I=\(bessel),D=(n,i)=>i?(D(n-1,i-1)+D(n+1,i-1))/2:I(n,Math.abs(x));if(x==0&&(n+j)%2)return 0;\
    let s=0,m=1;for(let i=j;i>=0;i--){s+=((j-i)%2?-m:m)*D(n,i);m*=i/(j-i+1)}\
    return Math.exp(-Math.abs(x))*s*(x<0&&(n+j)%2?-1:1)})
    """
  /// P(s, x) and its derivatives by s, of order 0, 1 or 2, by the power series.
  private static let lowerGamma = """
    ((d,s,x)=>{const L=\(lnGamma),S=\(psi),l=Math.log(x);let t=Math.exp(s*l-x-L(s+1)),u=l-S(0,s+1),v=S(1,s+1),y=0;\
    for(let n=1;n<900;n++){y+=d?d>1?t*(u*u-v):t*u:t;t*=x/(s+n);u-=1/(s+n);v-=1/(s+n)/(s+n)}return y})
    """

  /// I(p, q, x) and its derivatives by p and q (d: "", "p", "q", "pp", "pq", "qq"), by the series of positive terms.
  private static let lowerBeta = """
    ((d,p,q,x)=>{const L=\(lnGamma),S=\(psi),s=p+q;let t=Math.exp(p*Math.log(x)+q*Math.log1p(-x)+L(s)-L(q)-L(p+1)),\
    u=Math.log(x)+S(0,s)-S(0,p+1),v=Math.log1p(-x)+S(0,s)-S(0,q),e=S(1,s),f=S(1,p+1),g=S(1,q),y=0;\
    for(let n=0;n<9000;n++){y+=t*({p:u,q:v,pp:u*u+e-f,pq:u*v+e,qq:v*v+e-g}[d]??1);\
    const h=1/(s+n),k=1/(p+1+n);t*=x*k/h;u+=h-k;v+=h;e-=h*h;f-=k*k}return y})
    """

  static let logGamma = "\(lnGamma)(a)"
  static let digamma = "\(psi)(0,a)"
  static let polygamma = "\(psi)(Math.floor(a),b)"
  static let polygammaDifference = "(S=>S(Math.floor(a),b+c)-S(Math.floor(a),b))(\(psi))"
  static let beta = "(L=>Math.exp(L(a)+L(b)-L(a+b)))(\(lnGamma))"
  static let erfc = "\(complement)(a)"
  static let erfcx = "\(erfcxOrder)(0,a)"
  static let erfcxDerivative = "\(erfcxOrder)(Math.floor(a),b)"
  static let normalCDF = "\(complement)(-a*Math.SQRT1_2)/2"
  static let logNormalCDF = "Math.log(\(erfcxOrder)(0,-a*Math.SQRT1_2)/2)-a*a/2"
  static let inverseMills = "0.7978845608028654/\(erfcxOrder)(0,-a*Math.SQRT1_2)"
  static let millsRatio = """
    ((E,n)=>-E(n,-b*Math.SQRT1_2)/E(n-1,-b*Math.SQRT1_2)/n*Math.SQRT1_2)(\(erfcxOrder),Math.floor(a))
    """
  static let erfInverse = "Math.sign(a)*\(tailInverse)(1-Math.abs(a),\(complement))"
  static let erfInverseSlope = "0.886226925452758*Math.exp(\(tailInverse)(1-Math.abs(a),\(complement))**2)"
  static let normalQuantile = """
    Math.sign(a-.5)*Math.SQRT2*\(tailInverse)(2*Math.min(a,1-a),\(complement))
    """
  static let normalQuantileSlope = """
    2.5066282746310002*Math.exp(\(tailInverse)(2*Math.min(a,1-a),\(complement))**2)
    """
  static let sinc = "\(sincOrder)(0,a)"
  static let sincDerivative = "\(sincOrder)(Math.floor(a),b)"
  static let besselI0 = "\(bessel)(0,a)"
  static let besselI1 = "\(bessel)(1,a)"
  static let besselI = "\(bessel)(Math.floor(a),b)"
  static let besselI0e = "\(scaledBessel)(0,0,a)"
  static let besselI1e = "\(scaledBessel)(1,0,a)"
  static let besselIScaled = "\(scaledBessel)(Math.floor(a),Math.floor(b),c)"
  static let gammaIncomplete = "\(lowerGamma)(0,a,b)"
  static let gammaIncompleteByShape = "\(lowerGamma)(1,a,b)"
  static let gammaIncompleteByShapeTwice = "\(lowerGamma)(2,a,b)"
  static let gammaDensity = "Math.exp((a-1)*Math.log(b)-b-\(lnGamma)(a))"
  static let logLessDigamma = "Math.log(b)-\(psi)(0,a)"
  static let betaIncomplete = "\(lowerBeta)('',a,b,c)"
  static let betaIncompleteByFirst = "\(lowerBeta)('p',a,b,c)"
  static let betaIncompleteBySecond = "\(lowerBeta)('q',a,b,c)"
  static let betaIncompleteByFirstTwice = "\(lowerBeta)('pp',a,b,c)"
  static let betaIncompleteByBoth = "\(lowerBeta)('pq',a,b,c)"
  static let betaIncompleteBySecondTwice = "\(lowerBeta)('qq',a,b,c)"
  static let betaDensity = "(L=>Math.exp((a-1)*Math.log(c)+(b-1)*Math.log1p(-c)+L(a+b)-L(a)-L(b)))(\(lnGamma))"
  static let betaScoreOfFirst = "(S=>Math.log(c)+S(0,a+b)-S(0,a))(\(psi))"
  static let betaScoreOfSecond = "(S=>Math.log1p(-c)+S(0,a+b)-S(0,b))(\(psi))"
}
