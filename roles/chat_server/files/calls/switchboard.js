// Who calls whom: one call at a time in a window. The phases of a call, and what may happen in each, are here; its sound and
// picture are the session's.
import { NS } from './jingle.js';
import { bare } from './line.js';
import { Bell, camera, release, take } from './media.js';
import { Session } from './session.js';
import { xml } from './xml.js';

// How long it rings, and how long two programs may take to connect, in ms
const RINGS = 45000;
const CONNECTS = 30000;

// Why the other side says that it is over, as we say it
const HEARD = { decline: 'declined', busy: 'busy', 'connectivity-error': 'connectivity-error', timeout: 'connectivity-error' };
// What the other side says to a call that rings
const ANSWERS = {
    ringing: 'remoteRings', proceed: 'proceeded', reject: 'rejected', retract: 'retracted', finish: 'retracted', undelivered: 'undelivered',
};
// After these the other one finds a line in the conversation
const MISSED = ['offline', 'unanswered', 'busy', 'cancel'];

export class Switchboard {
    // line: the line; people: {name(jid), present(jid): true, false or null when nobody knows, missed(jid)}; show(call or null)
    constructor(line, people, show) {
        Object.assign(this, { line, people, show, call: null, bell: new Bell() });
        line.heard = {
            ring: (verb, about) => this.rings(verb, about),
            jingle: (action, about) => this.jingle(action, about),
        };
    }

    change(about) {
        Object.assign(this.call, about);
        this.show(this.call);
    }

    begin(about) {
        this.call = { microphone: true, camera: false, peerMicrophone: true, peerCamera: true, peers: [], ...about };
        this.call.name = this.people.name(about.jid);
        this.show(this.call);
        return this.call;
    }

    wait(phase, time, reason) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.call?.phase === phase && this.finish(reason), time);
    }

    // --- what the person here does -----------------------------------------------------------------------------------

    async start(jid, video) {
        if (this.call && this.call.phase !== 'ended') {
            return;
        }
        const call = this.begin({ jid, video, outgoing: true, phase: 'asking', id: crypto.randomUUID() });
        if (this.people.present(jid) === false) {
            this.finish('offline');
        } else if (await this.media(call, video)) {
            this.change({ phase: 'calling' });
            this.bell.start('outgoing');
            this.line.propose(jid, call.id, video);
            this.wait('calling', RINGS, 'unanswered');
        }
    }

    async accept(withCamera) {
        const call = this.call;
        if (call?.phase !== 'incoming') {
            return;
        }
        this.bell.stop();
        this.change({ phase: 'asking' });
        if (await this.media(call, call.video && withCamera)) {
            this.proceed(call);
        }
    }

    proceed(call) {
        this.change({ phase: 'connecting' });
        this.wait('connecting', CONNECTS, 'connectivity-error');
        if (call.offer) {
            this.connect(call, call.offer);
        } else {
            this.line.ring('proceed', call.peer, call.id);
            this.line.ring('accept', bare(this.line.own), call.id);
        }
    }

    decline() {
        this.finish('decline');
    }

    hangUp() {
        this.finish(this.call?.phase === 'connected' ? 'success' : 'cancel');
    }

    async toggleMicrophone() {
        const { call } = this;
        const [track] = call.stream.getAudioTracks();
        track.enabled = !call.microphone;
        await call.session?.use('microphone', track.enabled ? track : null);
        this.change({ microphone: track.enabled });
    }

    async toggleCamera() {
        const { call } = this;
        const [old] = call.stream.getVideoTracks();
        try {
            const track = call.camera ? null : await camera();
            old && (old.stop(), call.stream.removeTrack(old));
            track && call.stream.addTrack(track);
            await call.session?.use('camera', track);
            this.change({ camera: Boolean(track), note: '' });
        } catch {
            this.change({ note: 'no-camera' });
        }
    }

    // Microphone and, if it is to be, the camera; the call may be over when the person has decided
    async media(call, video) {
        try {
            const stream = await take(video);
            if (this.call !== call || call.phase === 'ended') {
                release(stream);
                return false;
            }
            const seen = stream.getVideoTracks().length > 0;
            this.change({ stream, camera: seen, note: video && !seen ? 'no-camera' : '' });
            return true;
        } catch (error) {
            if (this.call === call) {
                this.finish(error.message);
            }
            return false;
        }
    }

    // --- what others say ---------------------------------------------------------------------------------------------

    rings(verb, { id, from, media, reason, tie }) {
        const { call } = this;
        const own = bare(from) === bare(this.line.own);
        if (verb === 'propose' && !own) {
            this.proposed(id, from, media);
        } else if (call?.id !== id || call.phase === 'ended') {
            return;
        } else if (own) {
            this.elsewhere(verb, from, call);
        } else if (bare(from) === call.jid) {
            this[ANSWERS[verb]]?.(call, from, reason, tie);
        }
    }

    proposed(id, from, media) {
        const jid = bare(from);
        const { call } = this;
        if (call && call.phase !== 'ended') {
            if (call.id === id) {
                return;
            }
            if (call.outgoing && call.jid === jid && ['asking', 'calling'].includes(call.phase)) {
                this.collided(call, id, from);
            } else {
                this.line.reject(from, id, 'busy');
            }
            return;
        }
        this.begin({ jid, id, peer: from, outgoing: false, video: media.includes('video'), phase: 'incoming' });
        this.line.ring('ringing', from, id);
        this.bell.start('incoming');
        this.wait('incoming', RINGS + 15000, 'missed');
    }

    // Both called at the same moment: the call with the lower number is the one (XEP-0353), and both want it already
    collided(call, id, from) {
        if (call.id < id) {
            this.line.reject(from, id, 'expired', xml('tie-break', { xmlns: NS.ringing }));
        } else if (call.stream) {
            this.bell.stop();
            Object.assign(call, { id, peer: from, outgoing: false });
            this.proceed(call);
        } else {
            Object.assign(call, { id, peer: from, outgoing: false });
            this.change({ phase: 'incoming' });
        }
    }

    // Another window or device of ours took the call, or sent it away
    elsewhere(verb, from, call) {
        if (!call.outgoing && call.phase === 'incoming' && from !== this.line.own && ['accept', 'proceed', 'reject'].includes(verb)) {
            this.finish('elsewhere', true);
        }
    }

    remoteRings(call) {
        if (call.phase === 'calling') {
            this.change({ rings: true });
        }
    }

    proceeded(call, from) {
        if (call.outgoing && call.phase === 'calling') {
            call.peer = from;
            this.bell.stop();
            this.change({ phase: 'connecting' });
            this.wait('connecting', CONNECTS, 'connectivity-error');
            this.connect(call);
        }
    }

    rejected(call, _from, reason, tie) {
        if (call.outgoing && call.phase === 'calling' && !tie) {
            this.finish(reason === 'busy' ? 'busy' : 'declined', true);
        }
    }

    undelivered(call) {
        if (call.outgoing && call.phase === 'calling') {
            this.finish('offline', true);
        }
    }

    retracted(call) {
        if (!call.outgoing && !call.session) {
            this.finish('missed', true);
        }
    }

    // --- Jingle ------------------------------------------------------------------------------------------------------

    jingle(action, { sid, from, jingle }) {
        const { call } = this;
        const ours = call && call.id === sid && call.peer === from && call.phase !== 'ended';
        if (action === 'session-initiate') {
            return this.initiated(sid, from, jingle, ours);
        }
        if (!ours || !(call.begun || call.offer)) {
            return 'unknown-session';
        }
        const reason = jingle.getElementsByTagName('reason')[0]?.firstElementChild?.localName;
        const deed = {
            'session-accept': () => call.outgoing && call.session?.accepted(jingle).catch(() => this.finish('media-error')),
            'session-terminate': () => this.finish(HEARD[reason] ?? 'hung-up', true),
            'transport-info': () => (call.session ? call.session.candidates(jingle) : call.early.push(jingle)),
            'session-info': () => call.session?.informed(jingle),
        }[action];
        deed?.();
        return undefined;
    }

    initiated(sid, from, jingle, ours) {
        if (ours && this.call.phase === 'connecting' && !this.call.begun) {
            this.connect(this.call, jingle);
            return undefined;
        }
        if (this.call && this.call.phase !== 'ended') {
            return 'unknown-session';
        }
        // a program that does not ring first (XEP-0353), but calls
        const media = [...jingle.getElementsByTagName('description')].map((one) => one.getAttribute('media'));
        this.begin({ jid: bare(from), id: sid, peer: from, outgoing: false, video: media.includes('video'), phase: 'incoming', offer: jingle, early: [] });
        this.bell.start('incoming');
        this.wait('incoming', RINGS, 'missed');
        return undefined;
    }

    async connect(call, offer = null) {
        call.early ??= [];
        call.begun = true;
        try {
            const servers = await this.line.servers();
            if (call.phase === 'ended') {
                return;
            }
            const role = call.outgoing ? 'initiator' : 'responder';
            const send = (...words) => this.line.send(...words);
            call.session = new Session({ sid: call.id, peer: call.peer, role, send, servers, stream: call.stream });
            this.follow(call);
            call.early.splice(0).forEach((jingle) => call.session.candidates(jingle));
            await (offer ? call.session.answer(offer) : call.session.initiate(call.video));
        } catch (error) {
            console.warn('A call could not be connected:', error);
            this.finish('media-error');
        }
    }

    follow(call) {
        const { session } = call;
        session.addEventListener('track', () => this.change({ remote: session.remote }));
        session.addEventListener('peer', ({ detail }) => this.change(Object.fromEntries(
            Object.entries(detail).map(([what, on]) => [what === 'camera' ? 'peerCamera' : 'peerMicrophone', on]))));
        session.addEventListener('end', ({ detail }) => detail.told || this.finish(detail.reason, true));
        session.addEventListener('state', async ({ detail }) => {
            if (detail.state === 'connected') {
                clearTimeout(this.timer);
                this.change({ phase: 'connected', weak: false, since: call.since ?? Date.now(), way: await session.way() });
            } else {
                this.change({ weak: true });
            }
        });
    }

    // --- the end -----------------------------------------------------------------------------------------------------

    // told: the other side knows already
    finish(reason, told = false) {
        const { call } = this;
        if (!call || call.phase === 'ended') {
            return;
        }
        const { phase, session } = call;
        clearTimeout(this.timer);
        this.bell.stop();
        call.phase = 'ended';
        if (session) {
            session.end(reason, told);
        } else if (!told) {
            this.tell(call, phase, reason);
        }
        release(call.stream);
        if (call.outgoing && !call.since && MISSED.includes(reason) && (phase !== 'asking' || reason === 'offline')) {
            this.people.missed(call.jid);
        }
        this.change({ phase: 'ended', reason, lasted: call.since ? Date.now() - call.since : 0 });
    }

    tell(call, phase, reason) {
        if (call.outgoing && ['calling', 'connecting'].includes(phase)) {
            this.line.ring('retract', call.jid, call.id);
        } else if (!call.outgoing && call.offer) {
            this.line.send(call.peer, 'session-terminate', call.id, null, xml('reason', {}, xml('decline'))).catch(() => {});
        } else if (!call.outgoing && reason !== 'missed') {
            this.line.reject(call.peer, call.id, reason === 'decline' ? 'decline' : 'busy');
            this.line.reject(bare(this.line.own), call.id, 'decline');
        }
    }
}
