// Run by test_call_hearing.py: what others say, told to a line and its hearing outside of any browser. Prints JSON.
import { Hearing } from './hearing.js';
import { Line } from './line.js';
import { buildCandidate } from './sdp.js';

const JINGLE = 'urn:xmpp:jingle:1';
const RING = 'urn:xmpp:jingle-message:0';

// As much of an element as is asked for
function el(localName, namespaceURI, attributes = {}, ...children) {
    const one = { localName, namespaceURI, children, firstElementChild: children[0], getAttribute: (name) => attributes[name] ?? null };
    one.getElementsByTagName = (name) => children.flatMap((child) => [...(child.localName === name ? [child] : []), ...child.getElementsByTagName(name)]);
    return one;
}

globalThis.DOMParser = class {
    parseFromString(text) {
        return { documentElement: text };
    }
};
console.warn = () => {};

function world({ shares = true, room = false } = {}) {
    const [handlers, sent, ended] = [[], [], []];
    const connection = { jid: 'me@example.com/here', addHandler: (handler) => handlers.push(handler) };
    const api = { connection: { get: () => connection }, send: (text) => sent.push(text) };
    const line = new Line(api, {});
    const board = {
        line, call: null, people: { shares: () => shares, room: () => room },
        get busy() {
            return Boolean(board.call) && board.call.phase !== 'ended';
        },
        incoming(about) {
            board.call = { phase: 'incoming', outgoing: false, early: [], ...about };
        },
        finish(reason) {
            ended.push(reason);
            board.call.phase = 'ended';
        },
        change() {},
    };
    line.heard = new Hearing(board);
    line.listen();
    const [message, request] = handlers;
    const propose = (id, attributes = {}, ...more) => message(el('message', 'jabber:client', { from: 'you@example.com/x', type: 'chat', ...attributes },
        el('propose', RING, { id }, el('description', 'x', { media: 'audio' })), ...more));
    const jingle = (action, sid, from = 'you@example.com/x', ...children) => request(el('iq', 'jabber:client', { id: 'a', from, type: 'set' },
        el('jingle', JINGLE, { action, sid }, ...children)));
    return { board, sent, ended, message, request, propose, jingle };
}

const cases = {
    rings(it) {
        it.propose('1');
        return [it.board.call.jid, it.sent.filter((text) => text.includes('<ringing')).length];
    },
    late(it) {
        it.propose('1', {}, el('delay', 'urn:xmpp:delay'));
        const said = el('message', 'jabber:client', { from: 'you@example.com/x' }, el('propose', RING, { id: '1' }));
        it.message(el('message', 'jabber:client', { from: 'me@example.com' },
            el('received', 'urn:xmpp:carbons:2', {}, el('forwarded', 'urn:xmpp:forward:0', {}, said)), el('delay', 'urn:xmpp:delay')));
        return it.board.call;
    },
    rooms(it) {
        it.propose('1', { from: 'all@rooms.example.com/you', type: 'groupchat' });
        it.propose('2', { from: 'all@rooms.example.com/you' }, el('x', 'http://jabber.org/protocol/muc#user'));
        it.propose('3', { type: 'headline' });
        return it.board.call;
    },
    room_by_iq: [{ room: true }, (it) => {
        it.jingle('session-initiate', '1', 'all@rooms.example.com/you');
        return it.board.call;
    }],
    forged_copy(it) {
        const said = el('message', 'jabber:client', { from: 'you@example.com/x' }, el('propose', RING, { id: '1' }));
        it.message(el('message', 'jabber:client', { from: 'evil@example.com' },
            el('received', 'urn:xmpp:carbons:2', {}, el('forwarded', 'urn:xmpp:forward:0', {}, said))));
        return it.board.call;
    },
    numberless(it) {
        it.propose(undefined);
        it.propose('x'.repeat(201));
        it.jingle('session-initiate', undefined);
        return it.board.call;
    },
    stranger: [{ shares: false }, (it) => {
        it.propose('1');
        const quiet = it.sent.length;
        it.propose('2');
        return [it.board.call.id, quiet, it.sent.length];
    }],
    // Strophe keeps a handler that says true, and lets go of one that throws
    strange(it) {
        const kept = [it.request(el('iq', 'jabber:client', { from: 'evil@example.com/x' }, el('other', JINGLE)))];
        it.propose('1');
        Object.assign(it.board.call, { begun: true });
        for (const action of ['__proto__', 'constructor', 'toString', 'transport-info']) {
            kept.push(it.jingle(action, '1'));
        }
        it.board.call.session = { informed: () => { throw new Error('x'); } };
        kept.push(it.jingle('session-info', '1'));
        it.jingle('session-terminate', '1', undefined, el('reason', JINGLE, {}, el('constructor', JINGLE)));
        return [kept, it.ended];
    },
    others_end_nothing(it) {
        it.propose('1');
        it.board.call.begun = true;
        it.jingle('session-terminate', '1', 'evil@example.com/x');
        it.jingle('session-terminate', '1', 'you@example.com/other');
        it.message(el('message', 'jabber:client', { from: 'evil@example.com/x' }, el('retract', RING, { id: '1' })));
        return [it.ended, it.sent.filter((text) => text.includes('unknown-session')).length];
    },
    endless(it) {
        let rang = 0;
        for (let at = 0; at < 50; at += 1) {
            it.propose(`n${at}`);
            rang += it.board.call.phase === 'incoming' && it.board.call.id === `n${at}` ? 1 : 0;
            it.board.call.phase = 'ended';
        }
        it.propose('other', { from: 'third@example.com/x' });
        return [rang, it.board.call.jid];
    },
    early(it) {
        it.propose('1');
        it.board.call.begun = true;
        for (let at = 0; at < 500; at += 1) {
            it.jingle('transport-info', '1');
        }
        return it.board.call.early.length;
    },
    answered_elsewhere_while_asking(it) {
        it.propose('1');
        it.board.call.phase = 'asking';
        it.message(el('message', 'jabber:client', { from: 'me@example.com/there' }, el('accept', RING, { id: '1' })));
        return it.ended;
    },
    one_line: () => buildCandidate({ foundation: '1\r\na=evil', component: '1', protocol: 'udp', priority: '1', ip: '192.0.2.1', port: '9', type: 'host\n' }),
};

console.log(JSON.stringify(Object.fromEntries(Object.entries(cases).map(([name, row]) => {
    const [how, deed] = Array.isArray(row) ? row : [{}, row];
    return [name, deed(world(how)) ?? null];
}))));
