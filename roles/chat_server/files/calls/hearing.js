// What others say of calls, and what a switchboard makes of it. Whoever says it of a call that is not theirs is not heard.
import { NS } from './jingle.js';
import { bare } from './line.js';
import { xml } from './xml.js';

// Tables that are asked with words of others hold what is written here, and nothing that every object has
const table = (rows) => new Map(Object.entries(rows));
// Why the other side says that it is over, as we say it
const REASONS = table({ decline: 'declined', busy: 'busy', 'connectivity-error': 'connectivity-error', timeout: 'connectivity-error' });
// What is said about a call that rings (XEP-0353), and the method here
const ANSWERS = table({
    ringing: 'ringing', proceed: 'proceeded', reject: 'rejected', retract: 'retracted', finish: 'retracted', undelivered: 'undelivered',
});
// So often one person rings in so many ms without being answered; then it is quiet here until the time is over
const OFTEN = 6;
const WHILE = 60000;
// What comes of a call before it is taken up: as many stanzas
const EARLY = 50;

export class Hearing {
    constructor(switchboard) {
        this.board = switchboard;
        this.rang = [];
    }

    // Whether somebody may ring: a person, and not without end
    lets(from) {
        const [jid, now] = [bare(from), Date.now()];
        this.rang = this.rang.filter(({ at }) => now - at < WHILE);
        if (this.board.people.room(jid) || this.rang.filter((one) => one.jid === jid).length >= OFTEN) {
            return false;
        }
        this.rang.push({ jid, at: now });
        return true;
    }

    // Who was answered rings as anew
    answered(jid) {
        this.rang = this.rang.filter((one) => one.jid !== jid);
    }

    ring(verb, about) {
        const { board } = this;
        const { call } = board;
        const own = bare(about.from) === bare(board.line.own);
        if (verb === 'propose') {
            own || this.proposed(about);
        } else if (verb === 'retract' && call?.rival?.id === about.id && call.rival.peer === about.from) {
            call.rival = null;
        } else if (!board.busy || call.id !== about.id) {
            return;
        } else if (own) {
            this.elsewhere(call, verb, about.from);
        } else if (bare(about.from) === call.jid) {
            this[ANSWERS.get(verb)]?.(call, about);
        }
    }

    proposed({ id, from, media }) {
        const { board } = this;
        const { call } = board;
        // "it rings" and "busy" say that somebody is there: only to those who may see that anyway
        const seen = board.people.shares(bare(from));
        if (!board.busy) {
            if (this.lets(from)) {
                board.incoming({ jid: bare(from), id, peer: from, video: media.includes('video') });
                seen && board.line.ring('ringing', from, id);
            }
        } else if (call.outgoing && call.jid === bare(from) && ['asking', 'calling'].includes(call.phase)) {
            this.collided(call, id, from);
        } else if (call.id !== id && seen && this.lets(from)) {
            board.line.reject(from, id, 'busy');
        }
    }

    // Both called at the same moment, and both want it: the call with the lower number is the one (XEP-0353), or the one that is said
    // already when ours is not
    collided(call, id, from) {
        const { board } = this;
        if (call.phase === 'asking') {
            call.rival = { id, peer: from };
        } else if (call.id < id) {
            board.line.reject(from, id, 'expired', xml('tie-break', { xmlns: NS.ringing }));
        } else {
            board.join(call, { id, peer: from });
        }
    }

    // Another window or device of ours took the call, or sent it away
    elsewhere(call, verb, from) {
        // also while the browser here still asks for the microphone
        if (['incoming', 'asking'].includes(call.phase) && !call.outgoing && from !== this.board.line.own && ['accept', 'proceed', 'reject'].includes(verb)) {
            this.board.finish('elsewhere', true);
        }
    }

    ringing(call) {
        if (call.phase === 'calling') {
            this.board.change({ rings: true });
        }
    }

    // The first device that takes it is the one
    proceeded(call, { from }) {
        if (call.outgoing && call.phase === 'calling') {
            call.peer = from;
            this.board.proceed(call);
        }
    }

    rejected(call, { reason, tie }) {
        if (call.outgoing && call.phase === 'calling' && !tie) {
            this.board.finish(reason === 'busy' ? 'busy' : 'declined', true);
        }
    }

    undelivered(call) {
        if (call.outgoing && call.phase === 'calling') {
            this.board.finish('offline', true);
        }
    }

    retracted(call, { from }) {
        if (!call.outgoing && !call.session && from === call.peer) {
            this.board.finish('missed', true);
        }
    }

    // A request of Jingle; answers with the name of an error, or with nothing
    jingle(action, { sid, from, jingle }) {
        const { board } = this;
        const { call } = board;
        const ours = board.busy && call.id === sid && call.peer === from;
        if (action === 'session-initiate') {
            return this.initiated(sid, from, jingle, ours);
        }
        if (!ours || !(call.begun || call.offer)) {
            return 'unknown-session';
        }
        const reason = jingle.getElementsByTagName('reason')[0]?.firstElementChild?.localName;
        const deeds = table({
            'session-accept': () => call.outgoing && call.session?.accepted(jingle).catch(() => board.call === call && board.finish('media-error')),
            'session-terminate': () => board.finish(REASONS.get(reason) ?? 'hung-up', true),
            'transport-info': () => (call.session ? call.session.candidates(jingle) : call.early.length < EARLY && call.early.push(jingle)),
            'session-info': () => call.session?.informed(jingle),
        });
        deeds.get(action)?.();
        return undefined;
    }

    initiated(sid, from, jingle, ours) {
        const { board } = this;
        if (ours && board.call.phase === 'connecting' && !board.call.outgoing && !board.call.begun) {
            board.connect(board.call, jingle);
            return undefined;
        }
        if (board.busy || !this.lets(from)) {
            return 'unknown-session';
        }
        // a program that does not ring first, but calls
        const media = [...jingle.getElementsByTagName('description')].map((one) => one.getAttribute('media'));
        board.incoming({ jid: bare(from), id: sid, peer: from, video: media.includes('video'), offer: jingle });
        return undefined;
    }
}
