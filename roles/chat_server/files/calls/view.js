// What a person sees of a call: a card in the corner of the page, the whole page on a phone. It never takes the focus from who writes.
import { language, say } from './words.js';

// Paths of 24x24 pixels
const SIGNS = {
    phone: 'M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2a1 1 0 0 1 1-.25 11.4 11.4 0 0 0 3.6.57 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.5a1 1 0 0 1 1 1c0 1.25.2 2.45.57 3.57a1 1 0 0 1-.25 1z',
    camera: 'M17 10.5V7a1 1 0 0 0-1-1H4a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-3.5l4 4v-11z',
    microphone: 'M12 14a3 3 0 0 0 3-3V5a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zm5-3a5 5 0 0 1-10 0H5a7 7 0 0 0 6 6.92V21h2v-3.08A7 7 0 0 0 19 11z',
    close: 'M19 6.4 17.6 5 12 10.6 6.4 5 5 6.4l5.6 5.6L5 17.6 6.4 19l5.6-5.6 5.6 5.6 1.4-1.4-5.6-5.6z',
};

export function sign(name) {
    const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    picture.setAttribute('viewBox', '0 0 24 24');
    picture.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', SIGNS[name]);
    picture.append(path);
    return picture;
}

function make(name, className, ...children) {
    const element = document.createElement(name);
    element.className = className;
    element.append(...children);
    return element;
}

// The buttons of each phase: [name, sign, what the switchboard is told, words]
function buttons({ phase, video, microphone, camera }) {
    const mute = ['mute', 'microphone', 'toggleMicrophone', microphone ? 'mute' : 'unmute', !microphone];
    const picture = ['camera', 'camera', 'toggleCamera', camera ? 'camera-off' : 'camera-on', !camera];
    const hangUp = ['hang-up', 'phone', 'hangUp', 'hang-up'];
    return {
        incoming: [
            ['decline', 'phone', 'decline', 'decline'],
            ['answer', 'phone', 'accept', 'answer'],
            ...(video ? [['answer-video', 'camera', 'acceptWithCamera', 'answer-video']] : []),
        ],
        asking: [hangUp],
        calling: [hangUp],
        connecting: [hangUp],
        connected: [mute, ...(video ? [picture] : []), hangUp],
        ended: [['close', 'close', 'close', 'close']],
    }[phase];
}

// What is to be read stays until it is closed
const STAYS = ['missed', 'denied', 'missing', 'insecure', 'offline', 'connectivity-error'];

const clock = (ms) => {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return [...(hours ? [hours] : []), hours ? String(minutes).padStart(2, '0') : minutes, String(seconds % 60).padStart(2, '0')].join(':');
};

export class View {
    // obey(order): one of the switchboard's deeds, or "close"
    constructor(obey) {
        this.obey = obey;
        this.name = make('strong', 'onprem-call-name');
        this.status = make('span', 'onprem-call-status');
        this.status.setAttribute('role', 'status');
        this.time = make('span', 'onprem-call-time');
        this.note = make('p', 'onprem-call-note');
        this.remote = Object.assign(make('video', 'onprem-call-remote'), { autoplay: true, playsInline: true });
        this.local = Object.assign(make('video', 'onprem-call-local'), { autoplay: true, playsInline: true, muted: true });
        this.local.setAttribute('aria-label', say('you'));
        this.actions = make('div', 'onprem-call-actions');
        this.card = make('section', 'onprem-call', make('div', 'onprem-call-pictures', this.remote, this.local),
            make('div', 'onprem-call-about', this.name, make('span', 'onprem-call-line', this.status, this.time)), this.note, this.actions);
        this.card.lang = language;
        this.card.hidden = true;
        this.card.addEventListener('keydown', (event) => event.stopPropagation()); // shortcuts of the chat are for the chat
        document.body.prepend(this.card);
    }

    show(call) {
        clearInterval(this.ticking);
        clearTimeout(this.closing);
        const inside = this.card.contains(document.activeElement);
        this.card.hidden = !call;
        if (!call) {
            inside && this.before?.focus();
            this.before = null;
            this.remote.srcObject = this.local.srcObject = null;
            return;
        }
        this.card.dataset.phase = call.phase;
        this.card.classList.toggle('onprem-call-seen', call.video && call.phase === 'connected');
        this.card.setAttribute('role', call.phase === 'incoming' ? 'alertdialog' : 'dialog');
        this.card.setAttribute('aria-label', say('with', call.name));
        this.name.textContent = call.name;
        this.status.textContent = this.words(call);
        this.note.textContent = call.phase === 'connected' && !call.peerMicrophone ? say('peer-muted') : call.note ? say(call.note) : '';
        this.pictures(call);
        this.draw(buttons(call));
        this.tick(call);
        if (call.phase === 'ended' && !STAYS.includes(call.reason)) {
            this.closing = setTimeout(() => this.obey('close'), 5000);
        }
    }

    words(call) {
        if (call.phase === 'ended') {
            const never = call.reason === 'connectivity-error' && !call.since;
            return say(never ? 'ended-no-way' : `ended-${call.reason}`, call.name);
        }
        if (call.phase === 'connected') {
            return call.weak ? say('weak') : say(call.way);
        }
        return say({ calling: call.rings ? 'rings' : 'calling', incoming: call.video ? 'incoming-video' : 'incoming' }[call.phase] ?? call.phase);
    }

    pictures({ phase, remote, stream, camera, peerCamera, video }) {
        const live = phase !== 'ended';
        for (const [element, source] of [[this.remote, live ? remote : null], [this.local, live && camera ? stream : null]]) {
            if (element.srcObject !== (source ?? null)) {
                element.srcObject = source ?? null;
            }
        }
        // the sound comes from the same element: hidden, not taken away
        this.remote.classList.toggle('onprem-call-dark', !(video && peerCamera));
        this.local.hidden = !(live && camera);
    }

    // A button that is there stays there: who is about to press it keeps the focus
    draw(wanted) {
        const there = new Map([...this.actions.children].map((button) => [button.dataset.name, button]));
        const lost = this.actions.contains(document.activeElement);
        const now = wanted.map(([name, picture, order, words, pressed]) => {
            const button = there.get(name) ?? this.button(name, picture, order);
            button.lastChild.textContent = say(words);
            button.title = say(words);
            button.classList.toggle('onprem-call-off', Boolean(pressed));
            return button;
        });
        if (now.length !== this.actions.children.length || now.some((button, at) => this.actions.children[at] !== button)) {
            this.actions.replaceChildren(...now);
            lost && (now.find((button) => button === document.activeElement) ?? now.at(-1)).focus();
        }
    }

    button(name, picture, order) {
        const button = make('button', `onprem-call-${name}`, sign(picture), make('span', 'onprem-call-words'));
        Object.assign(button, { type: 'button' });
        button.dataset.name = name;
        button.addEventListener('click', () => this.obey(order));
        return button;
    }

    tick(call) {
        const show = () => {
            const lasted = call.phase === 'ended' ? call.lasted : call.since ? Date.now() - call.since : 0;
            this.time.textContent = call.since ? clock(lasted) : '';
        };
        show();
        this.ticking = call.phase === 'connected' ? setInterval(show, 1000) : null;
    }

    // Who began the call goes on at the card, and afterwards where they were
    focus() {
        this.before = document.activeElement;
        this.actions.querySelector('button')?.focus();
    }
}
