// Refreshes the status page: fetches it again and applies only the differences, so that scroll position, focus and selection stay.
// The answer is parsed by the browser into a document without scripts (XMLHttpRequest, responseType document).
const root = document.documentElement;
const disconnected = document.getElementById('disconnected');
let pending = false;
let again = false;
let updated = document.querySelector('#updated time').textContent;

/** Makes the node `now` equal to `next` by changing only what differs. */
function morph(now, next) {
  if (now.isEqualNode(next)) return;
  if (now.nodeType !== Node.ELEMENT_NODE || next.nodeType !== Node.ELEMENT_NODE || now.nodeName !== next.nodeName) {
    now.replaceWith(document.importNode(next, true));
    return;
  }
  for (const { name } of [...now.attributes]) if (!next.hasAttribute(name)) now.removeAttribute(name);
  for (const { name, value } of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  const children = [...next.childNodes];
  while (now.childNodes.length > children.length) now.lastChild.remove();
  children.forEach((child, i) => {
    const before = now.childNodes[i];
    if (before === undefined) now.append(document.importNode(child, true));
    else morph(before, child);
  });
}

/** The query that the form asks for; without what is the default. */
function queryOfForm(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== '' && value !== 'all' && value !== 'problems'));
  if (form.elements.show?.value === 'problems') query.set('show', 'problems');
  return query.size === 0 ? '' : `?${query}`;
}

function applyAnswer(next) {
  const { build, every } = next.documentElement.dataset;
  if (build !== root.dataset.build) return location.reload();
  root.dataset.every = every;
  document.title = next.title;
  for (const part of ['#updated time', 'main']) morph(document.querySelector(part), next.querySelector(part));
  updated = document.querySelector('#updated time').textContent;
  disconnected.hidden = true;
  disconnected.textContent = '';
  root.classList.remove('disconnected');
}

function showFailure(why) {
  const text = `podfront ${why}. What is shown is as of ${updated}.`;
  document.title = 'No answer - podfront';
  root.classList.add('disconnected');
  disconnected.hidden = false;
  if (disconnected.textContent !== text) disconnected.textContent = text;
}

/** Fetches the page once: one request at a time, and none while the page is hidden. */
function refresh() {
  if (pending || document.hidden) return;
  pending = true;
  again = false;
  const request = new XMLHttpRequest();
  request.open('GET', location.pathname + location.search);
  request.responseType = 'document';
  request.timeout = 10_000;
  request.onloadend = () => {
    pending = false;
    // The form has changed meanwhile: this answer is to the question before.
    if (again) return refresh();
    const next = request.response;
    if (next?.documentElement.dataset.build) applyAnswer(next);
    else showFailure(request.status === 0 ? 'does not answer' : `gives an unexpected answer (HTTP ${request.status})`);
  };
  request.send();
}

function schedule() {
  setTimeout(() => {
    refresh();
    schedule();
  }, Number(root.dataset.every) * 1_000);
}

/** What is typed or chosen is applied at once, without leaving the page. */
function applyForm(event) {
  const form = event.target.closest('form[role=search]');
  if (form === null) return;
  if (event.type === 'submit') event.preventDefault();
  history.replaceState(null, '', location.pathname + queryOfForm(form));
  again = pending;
  refresh();
}

for (const type of ['input', 'change', 'submit']) document.addEventListener(type, applyForm);
document.addEventListener('visibilitychange', refresh);
schedule();
