// What others say of calls, and what a switchboard makes of it. Whoever says it of a call that is not theirs is not heard.
import { NS } from './jingle.js';
import { bare } from './line.js';
import { xml } from './xml.js';

// Why the other side says that it is over, as we say it
const REASONS = { decline: 'declined', busy: 'busy', 'connectivity-error': 'connectivity-error', timeout: 'connectivity-error' };
// What is said about a call that rings (XEP-0353), and the method here
const ANSWERS = {
    ringing: 'ringing', proceed: 'proceeded', reject: 'rejected', retract: 'retracted', finish: 'retracted', undelivered: 'undelivered',
};

export class Hearing {
    constructor(switchboard) {
        this.board = switchboard;
    }

    ring(verb, about) {
        const { board } = this;
        const { call } = board;
        const own = bare(about.from) === bare(board.line.own);
        if (verb === 'propose') {
            own || this.proposed(about);
        } else if (verb === 'retract' && call?.rival?.id === about.id) {
            call.rival = null;
        } else if (!board.busy || call.id !== about.id) {
            return;
        } else if (own) {
            this.elsewhere(call, verb, about.from);
        } else if (bare(about.from) === call.jid) {
            this[ANSWERS[verb]]?.(call, about);
        }
    }

    proposed({ id, from, media }) {
        const { board } = this;
        const { call } = board;
        if (!board.busy) {
            board.incoming({ jid: bare(from), id, peer: from, video: media.includes('video') });
            board.line.ring('ringing', from, id);
        } else if (call.outgoing && call.jid === bare(from) && ['asking', 'calling'].includes(call.phase)) {
            this.collided(call, id, from);
        } else if (call.id !== id) {
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
        if (call.phase === 'incoming' && from !== this.board.line.own && ['accept', 'proceed', 'reject'].includes(verb)) {
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
        const deeds = {
            'session-accept': () => call.outgoing && call.session?.accepted(jingle).catch(() => board.finish('media-error')),
            'session-terminate': () => board.finish(REASONS[reason] ?? 'hung-up', true),
            'transport-info': () => (call.session ? call.session.candidates(jingle) : call.early.push(jingle)),
            'session-info': () => call.session?.informed(jingle),
        };
        deeds[action]?.();
        return undefined;
    }

    initiated(sid, from, jingle, ours) {
        const { board } = this;
        if (ours && board.call.phase === 'connecting' && !board.call.outgoing && !board.call.begun) {
            board.connect(board.call, jingle);
            return undefined;
        }
        if (board.busy) {
            return 'unknown-session';
        }
        // a program that does not ring first, but calls
        const media = [...jingle.getElementsByTagName('description')].map((one) => one.getAttribute('media'));
        board.incoming({ jid: bare(from), id: sid, peer: from, video: media.includes('video'), offer: jingle });
        return undefined;
    }
}
