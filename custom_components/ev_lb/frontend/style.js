// How the card looks: theme variables alone, so that it follows every theme, dark or light.

export const STYLE = `
  :host { display: block; container-type: inline-size; --house: color-mix(in srgb,
    var(--secondary-text-color, #727272) 60%, var(--card-background-color, #fff));
    --track: color-mix(in srgb, var(--primary-text-color, #212121) 9%, transparent);
    --bad: var(--error-color, #db4437); --warn: var(--warning-color, #ffa600);
    --good: var(--success-color, #43a047); --soft: var(--secondary-text-color, #727272);
    --rule: var(--divider-color, rgba(0, 0, 0, 0.12)); --idle: var(--disabled-color, #bdbdbd); }
  ha-card { padding: 16px; color: var(--primary-text-color, #212121); height: 100%;
    box-sizing: border-box; overflow: hidden; line-height: 1.35; }
  [hidden] { display: none !important; }
  button { font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0;
    text-align: start; cursor: pointer; border-radius: 8px; }
  button:focus-visible, input:focus-visible, select:focus-visible {
    outline: 2px solid var(--primary-color, #03a9f4); outline-offset: 2px; }
  .head { display: flex; align-items: baseline; gap: 8px; margin-bottom: 12px; }
  .head button { font-size: 18px; font-weight: 500; min-width: 0; overflow-wrap: anywhere; }
  .head span { color: var(--soft); white-space: nowrap; }
  .head .chip { margin-inline-start: auto; font-size: 13px; font-weight: 500; border-radius: 99px;
    padding: 2px 10px; color: color-mix(in srgb, var(--is) 60%, var(--primary-text-color, #212121));
    background: color-mix(in srgb, var(--is) 16%, transparent); }
  .good { --is: var(--good); } .bad { --is: var(--bad); } .warn { --is: var(--warn); }
  .idle { --is: var(--soft); }
  .banner { background: color-mix(in srgb, var(--bad) 13%, transparent); border-radius: 8px;
    border-inline-start: 4px solid var(--bad); padding: 10px 12px; margin-bottom: 12px; }
  .banner p { margin: 0; overflow-wrap: anywhere; } .banner p + p { margin-top: 6px; }
  .banner b, .why b, .figure b, .amps { font-weight: var(--ha-font-weight-bold, 600); }
  .banner b, .banner span, .why span, .amps, .figure, .head span { unicode-bidi: plaintext; }
  :host([dir="rtl"]) :is(.banner span, .why span) { text-align: right; }
  .banner span { display: block; font-size: 14px; }
  .observing { background: color-mix(in srgb, var(--warn) 18%, transparent); border-radius: 8px;
    border-inline-start: 6px solid var(--warn); padding: 12px; margin-bottom: 12px;
    overflow-wrap: anywhere; }
  .observing b { display: block; font-size: 22px; line-height: 1.2;
    font-weight: var(--ha-font-weight-bold, 600); }
  .observing span { display: block; font-size: 14px; } .observing span:empty { display: none; }
  .observing b, .observing span { unicode-bidi: plaintext; }
  :host([dir="rtl"]) .observing * { text-align: right; }
  .limit { display: grid; grid-template-columns: auto 1fr auto; align-items: center; gap: 8px;
    margin: 8px 0; font-variant-numeric: tabular-nums; }
  .limits { display: grid; grid-template-columns: auto 1fr auto; column-gap: 8px; }
  .limit { grid-column: 1 / -1; grid-template-columns: subgrid; }
  .label, .figure { font-size: 14px; color: var(--soft); white-space: nowrap; }
  .figure { text-align: end; min-width: 84px; } .figure b { font-size: 15px; }
  .figure b { color: var(--primary-text-color, #212121); }
  .label:empty { display: none; } .label:empty + .bar { grid-column: 1 / 3; }
  .bar { position: relative; height: 22px; }
  .limit.more .bar { height: 12px; }
  .flow { position: absolute; inset: 0; display: flex; overflow: hidden; border-radius: 7px;
    box-shadow: inset 0 0 0 1px var(--track); }
  .flow em { position: absolute; inset-block: 0; inset-inline-start: 0; background: var(--track); }
  .flow i { position: relative; flex: none; box-shadow: inset -1px 0 var(--card-background-color, #fff);
    transition: width 0.4s; background: var(--c); forced-color-adjust: none; }
  .bar u { position: absolute; top: -4px; bottom: -4px; width: 2px; forced-color-adjust: none;
    background: var(--primary-text-color, #212121); }
  .flow s { position: absolute; top: 0; bottom: 0; forced-color-adjust: none;
    background: repeating-linear-gradient(45deg, var(--bad) 0 6px, transparent 6px 9px); }
  .limit.binds u { background: var(--warn); width: 3px; }
  .limit.over u { background: var(--bad); width: 3px; }
  .limit.over .figure, .limit.over .figure b { color: var(--bad); }
  .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; color: var(--soft);
    list-style: none; margin: 6px 0 12px; padding: 0; }
  .legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px;
    background: var(--c); margin-inline-end: 5px; forced-color-adjust: none; }
  .legend :last-child i { box-shadow: inset 0 0 0 1px var(--rule); }
  .charger { position: relative; border-top: 1px solid var(--rule); padding: 12px 0; }
  .charger:last-child { padding-bottom: 0; }
  .open { display: grid; grid-template-columns: 40px minmax(0, 1fr) auto; gap: 0 12px;
    width: 100%; align-items: baseline; }
  .dot { position: relative; width: 40px; height: 40px; border-radius: 50%; grid-row: 1 / 3;
    display: grid; place-items: center; align-self: start; color: var(--c);
    background: color-mix(in srgb, var(--c) 16%, transparent); }
  .dot::after { content: ""; position: absolute; inset: -3px; border-radius: 50%;
    background: conic-gradient(var(--c) var(--part, 0%), transparent 0);
    mask: radial-gradient(farthest-side, transparent calc(100% - 3px), #000 0); }
  .name { font-weight: 500; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .amps { font-size: 22px; line-height: 1.15; white-space: nowrap;
    font-variant-numeric: tabular-nums; margin-inline-end: 82px; }
  .amps small { font-size: 13px; font-weight: 400; color: var(--soft); }
  .why { grid-column: 2 / -1; font-size: 14px; color: var(--soft); display: flex; flex-wrap: wrap;
    gap: 0 12px; margin-top: 3px; }
  .why > :first-child { flex: 1 1 170px; }
  .why b { color: var(--primary-text-color, #212121); font-variant-numeric: tabular-nums; }
  .charger.trouble { --c: var(--bad) !important; } .charger.trouble .why > :first-child {
    color: var(--bad); font-weight: 500; }
  .charger.rest { --c: var(--soft) !important; }
  .draws { white-space: nowrap; margin-inline-start: auto; font-variant-numeric: tabular-nums; }
  .hands { position: absolute; top: 10px; inset-inline-end: 0; display: flex; gap: 6px;
    align-items: center; }
  .switch { width: 36px; height: 20px; border-radius: 10px; position: relative;
    background: var(--idle); transition: background 0.2s; }
  .switch::after { content: ""; position: absolute; top: 2px; inset-inline-start: 2px; width: 16px;
    height: 16px; border-radius: 50%; background: #fff; transition: inset-inline-start 0.2s; }
  .switch[aria-checked="true"] { background: var(--primary-color, #03a9f4); }
  .switch[aria-checked="true"]::after { inset-inline-start: 18px; }
  .switch::before, .dots::before { content: ""; position: absolute; inset: -10px -4px; }
  .dots { position: relative; width: 28px; height: 28px; border-radius: 50%; display: grid;
    place-items: center; color: var(--soft); }
  .acts { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; font-size: 14px;
    margin: 10px 0 0; padding-inline-start: 52px; }
  .acts button, .acts input, .acts select { border: 1px solid var(--rule); border-radius: 99px;
    padding: 4px 12px; min-height: 30px; box-sizing: border-box; font: inherit; font-size: 13px;
    color: inherit; background: var(--card-background-color, #fff); }
  .acts form { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
  .acts input { width: 60px; padding-inline-end: 4px; }
  .message { color: var(--soft); margin: 0; }
  .heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  @container (max-width: 340px) { .acts { padding-inline-start: 0; } .figure { min-width: 76px; }
    .amps small { display: block; text-align: end; } ha-card { padding: 12px; } }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;
