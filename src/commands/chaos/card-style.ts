// The page's colours and type: everything by variables, so that light and dark differ in one place.

export const cardStyle = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#5b6470;--line:#d9dee4;--hot:#e5484d;--loud:#3b82f6;--good:#18794e;--open:#8a6100}
@media(prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e8eaed;--soft:#9aa4b0;--line:#343b44;--hot:#e5484d;--loud:#3b82f6;--good:#5fd39a;--open:#f0c25e}}
body{margin:0 auto;padding:28px 28px 60px;max-width:1320px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 10px}
p.about{color:var(--soft);margin:0 0 6px}
ul.first{padding-left:20px;margin:18px 0 0}ul.first li{margin:5px 0}ul.first li:first-child{font-size:18px;font-weight:600}
.picture{overflow-x:auto;padding-bottom:6px}svg{display:block;max-width:none}
svg text{fill:var(--ink);font:12px system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
svg .head{font-weight:600}svg .feature{font-weight:600;font-size:13px}svg .production{fill:var(--soft)}svg .candidate{font-weight:600}
svg .value{font-weight:600;font-size:13px}svg .interval{font-size:10.5px;fill:var(--soft)}svg .badge{font-weight:700;font-size:10px}
svg .cell{stroke:var(--line);stroke-width:1}svg .rate{fill:var(--hot)}svg .idle{fill:var(--paper)}svg .loud{fill:var(--loud);fill-opacity:.28}
svg .ends{font-size:10.5px;fill-opacity:.8}svg .told{stroke:var(--ink);stroke-width:2}
svg .holds{fill:var(--good);font-weight:700}svg .violated{font-weight:700}svg .undecided{fill:var(--open);font-weight:700}
svg .grid{stroke:var(--line)}svg .even{stroke:var(--ink);stroke-dasharray:3 3}
svg .range{stroke-width:3}svg .worse{stroke:var(--hot)}svg .better{stroke:var(--loud)}svg .dot{stroke:var(--paper);stroke-width:1.5}svg .dot.worse{fill:var(--hot)}svg .dot.better{fill:var(--loud)}
table{border-collapse:collapse;font-size:13px}th,td{padding:3px 12px 3px 0;text-align:left;border-bottom:1px solid var(--line)}td.number{text-align:right;font-variant-numeric:tabular-nums}
details{margin-top:24px}summary{cursor:pointer;font-weight:600}.legend{color:var(--soft);font-size:13px}code{font-size:.92em}
@media print{.picture{overflow:visible}svg{max-width:100%;height:auto}}
`;
