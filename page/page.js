// Keeps the status page current: fetches it again and takes over what differs, so that scroll, focus and selection stay.
// The answer is parsed by the browser into a document without scripts (XMLHttpRequest, responseType document).
const root = document.documentElement;
const lost = document.getElementById('lost');
let asking = false;
let seen = document.querySelector('#seen time').textContent;

/** Makes `now` like `next`, and touches only what differs. */
function become(now, next) {
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
    else become(before, child);
  });
}

function answered(next) {
  const { build, every } = next.documentElement.dataset;
  if (build !== root.dataset.build) return location.reload();
  root.dataset.every = every;
  document.title = next.title;
  for (const part of ['#seen time', 'main']) become(document.querySelector(part), next.querySelector(part));
  seen = document.querySelector('#seen time').textContent;
  lost.hidden = true;
  lost.textContent = '';
  root.classList.remove('lost');
}

function unanswered(why) {
  const text = `podfront ${why}. What is shown is as of ${seen}.`;
  document.title = 'No answer - podfront';
  root.classList.add('lost');
  lost.hidden = false;
  if (lost.textContent !== text) lost.textContent = text;
}

/** Asks once; one request at a time, and none while nobody looks. */
function ask() {
  if (asking || document.hidden) return;
  asking = true;
  const request = new XMLHttpRequest();
  request.open('GET', location.pathname);
  request.responseType = 'document';
  request.timeout = 10_000;
  request.onloadend = () => {
    asking = false;
    const next = request.response;
    if (next?.documentElement.dataset.build) answered(next);
    else unanswered(request.status === 0 ? 'does not answer' : `does not answer as it should (HTTP ${request.status})`);
  };
  request.send();
}

function again() {
  setTimeout(() => {
    ask();
    again();
  }, Number(root.dataset.every) * 1_000);
}

document.addEventListener('visibilitychange', ask);
again();
