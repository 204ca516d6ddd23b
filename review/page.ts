// A review as one HTML page that needs nothing else: no script, no font, no address. Pure.
import { html } from './escape';
import { isRefusal, type Resource, touched } from './plan';
import type { PlannedStack, Review, StackReview } from './review';
import { forReaders, planLines, short } from './text';
import { type Finding, shortPath, type Words } from './verdict';

const style = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1rem; font-weight: normal; } h2 { font-size: 1.4rem; border-left: .4rem solid; padding-left: .6rem; }
.failed h2, .danger h2 { border-color: #c00; } .safe h2 { border-color: #080; } .nothing h2 { border-color: #888; }
ul { padding: 0; list-style: none; } li { margin: .4rem 0; padding: .4rem .6rem; border-left: .3rem solid #888; }
li.lost { border-color: #c00; } li.down { border-color: #d70; } li.people { border-color: #cb0; }
code, pre { font-family: ui-monospace, monospace; font-size: .85em; overflow-wrap: anywhere; } pre { overflow-x: auto; white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; } td, th { border-top: 1px solid #8886; padding: .3rem; text-align: left; vertical-align: top; }
.note, small { color: #777; } .replace, .delete { color: #c00; font-weight: bold; }
.tiers { display: flex; flex-wrap: wrap; gap: .5rem; } .tiers div { border: 2px solid #888; border-radius: .4rem; padding: .3rem .6rem; }
.tiers .create { border-color: #080; } .tiers .update { border-color: #cb0; } .tiers .replace, .tiers .delete { border-color: #c00; }
`;

export function page(review: Review): string {
  const { base, head } = review;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Review</title>
<style>${style}</style>
</head>
<body>
<h1><code>${html(base.ref)}</code> ${html(base.commit.slice(0, 10))} → <code>${html(head.ref)}</code> ${html(head.commit.slice(0, 10))}</h1>
${review.notes.map((note) => `<p class="note">${words(note)}</p>`).join('\n')}
${review.why === undefined ? '' : `<section class="failed"><h2>There is no review</h2><pre>${html(review.why, 20_000)}</pre></section>`}
${review.stacks.map(section).join('\n')}
</body>
</html>
`;
}

function section(stack: StackReview): string {
  const title = `<h2>${html(stack.stack)}: ${html(stack.title)}</h2>`;
  const body =
    stack.outcome === 'failed' ? `<pre>${html(stack.why, 20_000)}</pre>` : planned(stack);
  return `<section class="${stack.outcome}">\n${title}\n${body}\n</section>`;
}

function planned(stack: PlannedStack): string {
  const { plan, findings, kind, state, fingerprint, otherwise = [] } = stack;
  const changed = touched(plan);
  const from =
    kind === 'paper'
      ? 'on paper: against a stack that runs the base'
      : `live${state ? `: against version ${state.version} of the state, of ${html(state.changed)}` : ''}`;
  const parts = [
    `<p><small>${from} · fingerprint <code>${html(fingerprint)}</code></small></p>`,
    findings.length > 0 ? `<ul>\n${findings.map(item).join('\n')}\n</ul>` : '',
    plan.errors.length > 0 && !isRefusal(plan)
      ? `<p>Pulumi refuses it:</p><pre>${html(plan.errors.join('\n'), 20_000)}</pre>`
      : '',
    otherwise.length > 0
      ? `<p><strong>The server is not what the base says.</strong></p><pre>${html(otherwise.join('\n'), 20_000)}</pre>`
      : '',
    changed.length > 0 ? table(changed) : '',
    changed.length > 0 ? tiers(plan.resources) : '',
    changed.length > 0
      ? `<details><summary>The whole plan</summary><pre>${html(changed.flatMap(planLines).join('\n'), 2_000_000)}</pre></details>`
      : '',
  ];
  return parts.filter(Boolean).join('\n');
}

function item({ severity, consequence, cause, source }: Finding): string {
  const place = source ? ` (<code>${html(`${source.file}:${source.line}`)}</code>)` : '';
  return `<li class="${severity}">${words(consequence)}<br><small>${words(cause)}${place}</small></li>`;
}

function words(parts: Words): string {
  return parts
    .map((part) => (typeof part === 'string' ? html(part) : `<code>${html(part.foreign)}</code>`))
    .join('');
}

function table(changed: readonly Resource[]): string {
  const rows = forReaders(changed).map(({ operation, kind, name, changes }) => {
    const shown = operation === 'create' || operation === 'delete' ? [] : changes;
    const what = shown.map(
      ({ path, before, after }) =>
        `<code>${html(shortPath(path))}</code>: ${value(before)} → ${value(after)}`,
    );
    return `<tr><td class="${operation}">${operation}</td><td>${kind} <code>${html(name)}</code></td><td>${what.join('<br>')}</td></tr>`;
  });
  return `<table>\n<tr><th></th><th>resource</th><th>what changes</th></tr>\n${rows.join('\n')}\n</table>`;
}

function value(text: string | undefined): string {
  return text === undefined ? 'nothing' : `<code>${html(short(text), 200)}</code>`;
}

/** Each network with who is in it, and the volumes. */
function tiers(resources: readonly Resource[]): string {
  const workloads = resources.filter(({ kind }) => kind === 'container' || kind === 'service');
  const box = ({ name, operation }: Resource) =>
    `<div class="${operation}">${html(name)}${operation === 'same' ? '' : ` <small>${operation}</small>`}</div>`;
  return resources
    .filter(({ kind }) => kind === 'network' || kind === 'volume')
    .map(
      (held) =>
        `<p><small>${held.kind} ${html(held.name)}${held.operation === 'same' ? '' : `: ${held.operation}`}</small></p>` +
        `<div class="tiers">${workloads
          .filter(({ uses }) => uses.includes(held.name))
          .map(box)
          .join('')}</div>`,
    )
    .join('\n');
}
