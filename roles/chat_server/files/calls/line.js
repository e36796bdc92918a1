// What calls say on the chat's own session: ringing (XEP-0353), Jingle, and the question for relays (XEP-0215).
import { NS } from './jingle.js';
import { element, xml } from './xml.js';

const CARBONS = 'urn:xmpp:carbons:2';
const RELAYS = 'urn:xmpp:extdisco:2';
const DELAY = 'urn:xmpp:delay';
const ROOM = 'http://jabber.org/protocol/muc#user';
// What is longer is no number of a call
const LONGEST = 200;

export const bare = (jid) => jid.split('/', 1)[0];
const numbered = (id) => Boolean(id) && id.length <= LONGEST;

const child = (parent, name, namespace) => (
    [...(parent?.children ?? [])].find((one) => one.localName === name && one.namespaceURI === namespace));

// Strophe lets go of a handler that throws: one strange stanza would end all calls to come
function heedless(deed) {
    return (stanza) => {
        try {
            deed(stanza);
        } catch (error) {
            console.warn('Something said of a call was not understood:', error);
        }
        return true;
    };
}

export class Line {
    // api: of Converse.js; heard: {ring(verb, {id, from, to, media, reason}), jingle(action, {sid, from, jingle})}, the latter
    // answers with the name of an error, or with nothing
    constructor(api, heard) {
        Object.assign(this, { api, heard });
    }

    get own() {
        return this.api.connection.get().jid;
    }

    listen() {
        const connection = this.api.connection.get();
        connection.addHandler(heedless((stanza) => this.message(stanza)), null, 'message');
        connection.addHandler(heedless((stanza) => this.request(stanza)), NS.jingle, 'iq', 'set');
    }

    // A copy of what another device of ours got or sent counts as well; one that is not from our own account is a forgery
    message(stanza) {
        const copy = child(stanza, 'received', CARBONS) ?? child(stanza, 'sent', CARBONS);
        const from = stanza.getAttribute('from') ?? this.own;
        const message = copy && from === bare(this.own) ? copy.getElementsByTagName('message')[0] : stanza;
        const said = [...(message?.children ?? [])].find(({ namespaceURI }) => namespaceURI === NS.ringing);
        // what waited while we were away rings no more, and nobody calls a room
        const late = [stanza, message].some((one) => child(one, 'delay', DELAY));
        const room = ['groupchat', 'headline'].includes(message?.getAttribute('type')) || child(message, 'x', ROOM);
        if (!said || late || room || !numbered(said.getAttribute('id'))) {
            return;
        }
        const reason = said.getElementsByTagName('reason')[0];
        this.heard.ring(message.getAttribute('type') === 'error' ? 'undelivered' : said.localName, {
            id: said.getAttribute('id'),
            from: message.getAttribute('from') ?? this.own,
            media: [...said.children].filter(({ localName }) => localName === 'description').map((one) => one.getAttribute('media')),
            reason: reason?.firstElementChild?.localName,
            tie: said.getElementsByTagName('tie-break').length > 0,
        });
    }

    request(stanza) {
        const jingle = child(stanza, 'jingle', NS.jingle);
        const [id, from] = [stanza.getAttribute('id'), stanza.getAttribute('from')];
        const sid = jingle?.getAttribute('sid');
        const wrong = from && numbered(sid) ? this.heard.jingle(jingle.getAttribute('action'), { sid, from, jingle }) : 'unknown-session';
        const condition = wrong && xml('error', { type: 'cancel' },
            xml('item-not-found', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' }), xml(wrong, { xmlns: NS.errors }));
        const answer = { xmlns: 'jabber:client', id, to: from, type: wrong ? 'error' : 'result' };
        this.api.send(element(xml('iq', answer, ...(wrong ? [condition] : []))));
    }

    // propose, ringing, proceed, accept, reject, retract
    ring(verb, to, id, ...children) {
        const unique = Math.random().toString(36).slice(2);
        this.api.send(element(xml('message', { xmlns: 'jabber:client', to, type: 'chat', id: unique },
            xml(verb, { xmlns: NS.ringing, id }, ...children))));
    }

    propose(to, id, video) {
        const media = video ? ['audio', 'video'] : ['audio'];
        this.ring('propose', to, id, ...media.map((kind) => xml('description', { xmlns: NS.rtp, media: kind })));
    }

    reject(to, id, reason, ...more) {
        this.ring('reject', to, id, xml('reason', { xmlns: NS.jingle }, xml(reason)), ...more);
    }

    // role: "initiator" or "responder" when we are to be named as that
    async send(to, action, sid, role, ...children) {
        const who = role ? { [role]: this.own } : {};
        return this.ask(to, 'set', xml('jingle', { xmlns: NS.jingle, action, sid, ...who }, ...children));
    }

    ask(to, type, child, ...how) {
        const id = `call-${Math.random().toString(36).slice(2)}`;
        return this.api.sendIQ(element(xml('iq', { xmlns: 'jabber:client', id, to, type }, child)), ...how);
    }

    // The relays that the server offers, as a browser wants them; none is no error
    async servers() {
        const answer = await this.ask(this.own.split(/[@/]/)[1], 'get', xml('services', { xmlns: RELAYS }), 5000, false);
        return [...(answer?.getElementsByTagName('service') ?? [])].map((one) => {
            const get = (name) => one.getAttribute(name) ?? undefined;
            const host = get('host').includes(':') ? `[${get('host')}]` : get('host');
            const port = get('port') ? `:${get('port')}` : '';
            // a browser takes a transport for TURN alone
            const transport = get('type').startsWith('turn') && get('transport') ? `?transport=${get('transport')}` : '';
            return { urls: `${get('type')}:${host}${port}${transport}`, username: get('username'), credential: get('password') };
        }).filter(({ urls }) => /^(stun|turn)s?:/.test(urls));
    }
}
