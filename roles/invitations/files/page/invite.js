// The invitation: look at the token, have a password chosen, make the account, go on to the chat.
// The token stands behind the # of the address, which no browser sends anywhere; here it goes in the body of a question.
const TOKEN = 'onprem-chat-invitation';
const LOG_IN = 'onprem-chat-log-in'; // taken and removed by chat.js

const at = (id) => document.getElementById(id);
const words = document.querySelector('main').dataset;
const form = document.querySelector('form');
let rules = {};

function text(key, values = {}) {
    return words[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// Out of the address bar and the history at once; kept for this tab alone, so that a reload does no harm
function takeToken() {
    const given = location.hash.slice(1);
    if (given) {
        sessionStorage.setItem(TOKEN, given);
        history.replaceState(null, '', location.pathname);
    }
    return sessionStorage.getItem(TOKEN) ?? '';
}

async function ask(what, question) {
    let answer;
    try {
        answer = await fetch(`/invite/${what}`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(question),
            credentials: 'omit',
            cache: 'no-store',
        });
        if (answer.status === 429) {
            return { state: 'busy' };
        }
        return await answer.json();
    } catch {
        return { state: 'later' };
    }
}

// Nothing more can be done here, or not now
function end(state) {
    const again = ['later', 'busy'].includes(state);
    if (!again) {
        sessionStorage.removeItem(TOKEN);
        document.querySelector('h1').textContent = text('problem');
    }
    form.hidden = true;
    at('until').hidden = true;
    at('told').textContent = text(state in words ? state : 'unknown');
    at('ways').hidden = false;
    at('retry').hidden = !again;
    at('log-in').hidden = state !== 'used';
    document.querySelector('h1').focus();
}

async function look() {
    const token = takeToken();
    if (!token) {
        return end('missing');
    }
    const told = await ask('look', { token });
    if (told.state !== 'open') {
        return end(told.state);
    }
    rules = told;
    const date = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'long', timeStyle: 'short' });
    at('told').textContent = text('hello', { name: told.display_name || told.name });
    at('until').textContent = text('until', { date: date.format(new Date(told.expires * 1000)) });
    at('rule').textContent = text('rule', told);
    at('name').value = told.name;
    at('until').hidden = form.hidden = false;
    return at('password').focus();
}

function complain(field, words) {
    for (const one of [at('password'), at('again')]) {
        one.setAttribute('aria-invalid', String(one === field));
    }
    at('fault').textContent = words;
    field?.focus();
}

// The rules of the service, so that most hear of it without a question; the service judges
function good(password) {
    return password.length >= rules.shortest && password.length <= rules.longest
        && password === password.trim() && password.toLowerCase() !== rules.name;
}

async function accept() {
    const password = at('password').value;
    if (!good(password)) {
        return complain(at('password'), text('weak', rules));
    }
    if (password !== at('again').value) {
        return complain(at('again'), text('different'));
    }
    complain(null, '');
    const button = form.querySelector('button');
    button.disabled = true;
    at('told').textContent = text('sending');
    const told = await ask('accept', { token: takeToken(), password });
    button.disabled = false;
    if (told.state === 'weak') {
        return complain(at('password'), text('weak', rules));
    }
    if (told.state !== 'made') {
        return end(told.state);
    }
    at('told').textContent = text('made');
    sessionStorage.removeItem(TOKEN);
    sessionStorage.setItem(LOG_IN, JSON.stringify({ jid: told.address, password }));
    return location.replace('/');
}

form.addEventListener('submit', (event) => {
    event.preventDefault();
    accept();
});
at('show').addEventListener('change', (event) => {
    at('password').type = at('again').type = event.target.checked ? 'text' : 'password';
});
at('retry').addEventListener('click', () => location.reload());
// another link, opened in the same tab
window.addEventListener('hashchange', () => location.hash && location.reload());

look();
