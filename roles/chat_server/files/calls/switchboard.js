// Who calls whom: one call at a time in a window. What the person here does is in this file, what others say in hearing.js; sound and
// picture are the session's.
//
// Phases: asking (the browser asks for the microphone), calling or incoming, connecting, connected, ended.
import { Hearing } from './hearing.js';
import { bare } from './line.js';
import { Bell, camera, release, take } from './media.js';
import { Session } from './session.js';
import { xml } from './xml.js';

// How long it rings, and how long two programs may take to connect, in ms
const RINGS = 45000;
const CONNECTS = 20000;
// How long a program may take to say that it rings, in ms
const SILENCE = 4000;
// After these the other one finds a line in the conversation
const MISSED = ['offline', 'unanswered', 'busy', 'cancel'];

export class Switchboard {
    // people: {name(jid), present(jid): true, false or null when nobody knows, shares(jid): whether they see when we are there,
    // room(jid), missed(jid)}; show(call)
    constructor(line, people, show) {
        Object.assign(this, { line, people, show, call: null, bell: new Bell() });
        line.heard = new Hearing(this);
    }

    get busy() {
        return Boolean(this.call) && this.call.phase !== 'ended';
    }

    change(about) {
        Object.assign(this.call, about);
        this.show(this.call);
    }

    begin(about) {
        this.call = { microphone: true, camera: false, peerMicrophone: true, peerCamera: true, early: [], ...about };
        this.call.name = this.people.name(about.jid);
        this.show(this.call);
        return this.call;
    }

    wait(phase, time, reason) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.call.phase === phase && this.finish(reason), time);
    }

    // --- to call and to be called -------------------------------------------------------------------------------------

    async start(jid, video) {
        if (this.busy) {
            // to call who calls is to answer
            return this.call.jid === jid ? this.accept(video) : undefined;
        }
        const call = this.begin({ jid, video, outgoing: true, phase: 'asking', id: crypto.randomUUID() });
        if (!await this.media(call, video)) {
            return undefined;
        }
        return call.rival ? this.join(call, call.rival) : this.ring(call);
    }

    // Where nothing rings and nobody is said to be there, there is nobody
    ring(call) {
        this.change({ phase: 'calling' });
        this.bell.start('outgoing');
        this.line.propose(call.jid, call.id, call.video);
        this.wait('calling', RINGS, 'unanswered');
        setTimeout(() => {
            if (call.phase === 'calling' && !call.rings && this.people.present(call.jid) === false) {
                this.finish('offline');
            }
        }, SILENCE);
    }

    // Their call instead of ours
    join(call, { id, peer }) {
        Object.assign(call, { id, peer, outgoing: false });
        this.proceed(call);
    }

    // Longer than the other side rings: it says itself that it gave up
    incoming(about) {
        this.begin({ outgoing: false, phase: 'incoming', ...about });
        this.bell.start('incoming');
        this.wait('incoming', RINGS + 15000, 'missed');
    }

    async accept(withCamera) {
        const { call } = this;
        if (call?.phase !== 'incoming') {
            return;
        }
        this.bell.stop();
        this.line.heard.answered(call.jid);
        this.change({ phase: 'asking' });
        if (await this.media(call, call.video && withCamera)) {
            this.proceed(call);
        }
    }

    // Both want it: the one who was called says so, and the one who called offers its media
    proceed(call) {
        this.bell.stop();
        this.change({ phase: 'connecting' });
        this.wait('connecting', CONNECTS, 'connectivity-error');
        if (call.outgoing || call.offer) {
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

    // The page goes away: who is called may still answer elsewhere
    leave() {
        const quietly = this.call?.phase === 'incoming' && !this.call.offer;
        quietly ? this.finish('missed', true) : this.hangUp();
    }

    // --- microphone and camera ----------------------------------------------------------------------------------------

    // Microphone and, if it is to be, the camera; the call may be over when the person has decided
    async media(call, video) {
        try {
            const stream = await take(video);
            if (this.call !== call || !this.busy) {
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

    async toggleMicrophone() {
        const { call } = this;
        const [track] = call.stream.getAudioTracks();
        track.enabled = !call.microphone;
        this.change({ microphone: track.enabled });
        await call.session?.use('microphone', track.enabled ? track : null);
    }

    async toggleCamera() {
        const { call } = this;
        try {
            const track = call.camera ? null : await camera();
            if (this.call !== call || !this.busy) {
                track?.stop();
                return;
            }
            for (const old of call.stream.getVideoTracks()) {
                old.stop();
                call.stream.removeTrack(old);
            }
            if (track) {
                call.stream.addTrack(track);
            }
            this.change({ camera: Boolean(track), note: '' });
            await call.session?.use('camera', track);
        } catch {
            if (this.call === call && this.busy) {
                this.change({ note: 'no-camera' });
            }
        }
    }

    // --- sound and picture --------------------------------------------------------------------------------------------

    async connect(call, offer = null) {
        call.begun = true;
        try {
            const servers = await this.line.servers();
            if (call.phase === 'ended') {
                return;
            }
            const role = call.outgoing ? 'initiator' : 'responder';
            const send = (...words) => this.line.send(...words);
            call.session = new Session({ sid: call.id, peer: call.peer, role, send, servers, stream: call.stream });
            this.follow(call, call.session);
            call.early.splice(0).forEach((jingle) => call.session.candidates(jingle));
            await (offer ? call.session.answer(offer) : call.session.initiate(call.video));
        } catch (error) {
            if (call.phase !== 'ended') {
                console.warn('A call could not be connected:', error);
                this.finish('media-error');
            }
        }
    }

    follow(call, session) {
        // what comes late is not said of the next call
        const change = (about) => call.phase !== 'ended' && this.change(about);
        session.addEventListener('track', () => change({ remote: session.remote }));
        session.addEventListener('peer', ({ detail }) => change(detail));
        session.addEventListener('end', ({ detail }) => call.phase !== 'ended' && this.finish(detail.reason, true));
        session.addEventListener('weak', () => change({ weak: true }));
        session.addEventListener('connected', async () => {
            clearTimeout(this.timer);
            const way = await session.way();
            change({ phase: 'connected', weak: false, since: call.since ?? Date.now(), way });
        });
    }

    // --- the end ------------------------------------------------------------------------------------------------------

    // told: the other side knows already
    finish(reason, told = false) {
        const { call } = this;
        if (!this.busy) {
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
        if (call.outgoing && !call.since && MISSED.includes(reason) && phase !== 'asking') {
            this.people.missed(call.jid);
        }
        this.change({ reason, lasted: call.since ? Date.now() - call.since : 0 });
    }

    // Before there is a session
    tell(call, phase, reason) {
        if (call.outgoing) {
            if (phase !== 'asking') {
                this.line.ring('retract', call.jid, call.id);
            }
        } else if (call.offer) {
            this.line.send(call.peer, 'session-terminate', call.id, null, xml('reason', {}, xml('decline'))).catch(() => {});
        } else if (reason !== 'missed') {
            this.line.reject(call.peer, call.id, reason === 'decline' ? 'decline' : 'busy');
            this.line.reject(bare(this.line.own), call.id, 'decline');
        }
    }
}
