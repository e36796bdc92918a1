// One call between two clients: the browser's RTCPeerConnection on one side, Jingle on the other.
// Events: "connected", "weak", "track", "peer" (what they switched off or on), "end" (it ended by itself, with the reason).
import { candidateOf, candidateXml, contentsXml, inOrderOf, NS, offered, transportXml } from './jingle.js';
import { build, buildCandidate, parse, parseCandidate } from './sdp.js';
import { xml } from './xml.js';

const OTHER = { initiator: 'responder', responder: 'initiator' };
// How long a connection may be away before the call is over, in ms
const PATIENCE = 20000;
// Candidates that come close together go in one stanza
const TOGETHER = 60;
// So many ways to them are tried; no browser names that many
const WAYS = 200;

export class Session extends EventTarget {
    constructor({ sid, peer, role, send, servers, stream }) {
        super();
        Object.assign(this, { sid, peer, role, send, stream, ended: false, started: false });
        this.remote = new MediaStream();
        this.waiting = { local: [], remote: [] };
        this.ways = 0;
        this.rtc = new RTCPeerConnection({ iceServers: servers, bundlePolicy: 'max-bundle' });
        this.rtc.onicecandidate = ({ candidate }) => candidate?.candidate && this.queue(candidate);
        this.rtc.ontrack = ({ track }) => {
            this.remote.addTrack(track);
            this.tell('track');
        };
        this.rtc.onconnectionstatechange = () => this.watch(this.rtc.connectionState);
    }

    tell(name, detail = {}) {
        this.dispatchEvent(new CustomEvent(name, { detail }));
    }

    watch(state) {
        clearTimeout(this.timer);
        if (state === 'connected') {
            this.tell('connected');
        } else if (state === 'disconnected' || state === 'failed') {
            this.tell('weak');
            this.timer = setTimeout(() => this.lose(), state === 'disconnected' ? PATIENCE : 0);
        }
    }

    lose() {
        this.end('connectivity-error');
        this.tell('end', { reason: 'connectivity-error' });
    }

    // --- what we say ------------------------------------------------------------------------------------------------

    async initiate(video) {
        this.attach(video);
        await this.rtc.setLocalDescription(await this.rtc.createOffer());
        await this.describe('session-initiate');
    }

    attach(video) {
        for (const kind of video ? ['audio', 'video'] : ['audio']) {
            const [track] = this.stream.getTracks().filter((one) => one.kind === kind);
            this.rtc.addTransceiver(track ?? kind, { direction: 'sendrecv', streams: [this.stream] });
        }
    }

    async describe(action) {
        this.said = parse(this.rtc.localDescription.sdp);
        await this.send(this.peer, action, this.sid, this.role, ...contentsXml(this.said, this.role));
        this.started = true;
        this.flush();
    }

    queue(candidate) {
        this.waiting.local.push(candidate);
        if (this.started && !this.flushing) {
            this.flushing = setTimeout(() => this.flush(), TOGETHER);
        }
    }

    // transport-info with what was found since; by content, though with bundling it is always the first
    flush() {
        this.flushing = null;
        const found = this.waiting.local.splice(0);
        const mids = [...new Set(found.map(({ sdpMid }) => sdpMid))];
        const contents = mids.map((mid) => {
            const section = this.said.sections.find((one) => one.mid === mid);
            const candidates = found.filter(({ sdpMid }) => sdpMid === mid).map(({ candidate }) => (
                candidateXml(parseCandidate(candidate), Math.random().toString(36).slice(2, 12))));
            return xml('content', { creator: 'initiator', name: mid }, transportXml({ ufrag: section.ufrag, pwd: section.pwd }, candidates));
        });
        if (contents.length && !this.ended) {
            this.send(this.peer, 'transport-info', this.sid, null, ...contents).catch(() => {});
        }
    }

    // --- what they say ----------------------------------------------------------------------------------------------

    async answer(jingle) {
        const offer = offered(jingle, OTHER[this.role]);
        await this.rtc.setRemoteDescription({ type: 'offer', sdp: build(offer) });
        for (const transceiver of this.rtc.getTransceivers()) {
            const [track] = this.stream.getTracks().filter((one) => one.kind === transceiver.receiver.track.kind);
            await transceiver.sender.replaceTrack(track ?? null);
            transceiver.direction = 'sendrecv';
        }
        this.unlock();
        await this.rtc.setLocalDescription(await this.rtc.createAnswer());
        await this.describe('session-accept');
    }

    async accepted(jingle) {
        const answer = inOrderOf(this.said.sections, offered(jingle, OTHER[this.role]));
        await this.rtc.setRemoteDescription({ type: 'answer', sdp: build(answer) });
        this.unlock();
    }

    unlock() {
        this.open = true;
        this.waiting.remote.splice(0).forEach((one) => this.add(one));
    }

    add(one) {
        this.rtc.addIceCandidate(one).catch(() => {}); // one that this browser cannot use is none
    }

    candidates(jingle) {
        for (const content of jingle.getElementsByTagName('content')) {
            for (const candidate of content.getElementsByTagName('candidate')) {
                if (this.ended || ++this.ways > WAYS) {
                    return;
                }
                const one = { candidate: buildCandidate(candidateOf(candidate)), sdpMid: content.getAttribute('name') };
                this.open ? this.add(one) : this.waiting.remote.push(one);
            }
        }
    }

    informed(jingle) {
        for (const info of [...jingle.children].filter(({ namespaceURI }) => namespaceURI === NS.info)) {
            const what = this.said?.sections.find(({ mid }) => mid === info.getAttribute('name'))?.kind === 'video' ? 'peerCamera' : 'peerMicrophone';
            if (['mute', 'unmute'].includes(info.localName)) {
                this.tell('peer', { [what]: info.localName === 'unmute' });
            }
        }
    }

    // --- microphone and camera --------------------------------------------------------------------------------------

    // Off is off: the camera's lamp goes out. Nothing is sent of it then.
    async use(what, track) {
        const kind = what === 'camera' ? 'video' : 'audio';
        const transceiver = this.rtc.getTransceivers().find(({ receiver }) => receiver.track.kind === kind);
        await transceiver?.sender.replaceTrack(track);
        const name = transceiver?.mid;
        if (name && !this.ended) {
            const info = xml(track ? 'unmute' : 'mute', { xmlns: NS.info, creator: 'initiator', name });
            this.send(this.peer, 'session-info', this.sid, null, info).catch(() => {});
        }
    }

    // "direct" or "relay", as the candidates in use are
    async way() {
        const stats = [...(await this.rtc.getStats()).values()];
        const transport = stats.find(({ type }) => type === 'transport');
        const pair = stats.find(({ id }) => id === transport?.selectedCandidatePairId)
            ?? stats.find((one) => one.type === 'candidate-pair' && one.nominated && one.state === 'succeeded');
        const ends = stats.filter(({ id }) => [pair?.localCandidateId, pair?.remoteCandidateId].includes(id));
        return pair ? (ends.some(({ candidateType }) => candidateType === 'relay') ? 'relay' : 'direct') : '';
    }

    // --- the end ----------------------------------------------------------------------------------------------------

    end(reason, told = false) {
        if (this.ended) {
            return;
        }
        this.ended = true;
        clearTimeout(this.timer);
        clearTimeout(this.flushing);
        this.rtc.close();
        if (!told) {
            this.send(this.peer, 'session-terminate', this.sid, null, xml('reason', {}, xml(reason))).catch(() => {});
        }
    }
}
