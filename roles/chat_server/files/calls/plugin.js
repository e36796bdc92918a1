// Calls in Converse.js: the two buttons of a conversation, and what rings. Everything goes over the session that the client has.
import { FEATURES } from './jingle.js';
import { Line } from './line.js';
import { Switchboard } from './switchboard.js';
import { sign, View } from './view.js';
import { say } from './words.js';

// A note of the system for who looks elsewhere; only where the person allowed notes
function note(call) {
    if (!document.hidden || window.Notification?.permission !== 'granted') {
        return null;
    }
    try {
        return new Notification(call.name, { body: say(call.video ? 'incoming-video' : 'incoming'), icon: '/icon.svg', tag: 'onprem-call' });
    } catch {
        return null; // browsers of phones leave notes to service workers
    }
}

function peopleOf(_converse) {
    const { api, state } = _converse;
    const contact = (jid) => state.roster?.get(jid);
    return {
        // strangers by their whole address: anybody can be called "admin" somewhere
        name: (jid) => contact(jid)?.getDisplayName() ?? jid,
        // only of who tells us when they come and go
        present(jid) {
            const known = ['both', 'to'].includes(contact(jid)?.get('subscription'));
            return known ? Boolean(state.presences.get(jid)?.resources.length) : null;
        },
        shares: (jid) => ['both', 'from'].includes(contact(jid)?.get('subscription')),
        room: (jid) => state.chatboxes?.get(jid)?.get('type') === 'chatroom',
        async missed(jid) {
            (await api.chats.get(jid, {}, true))?.sendMessage({ body: say('message') });
        },
    };
}

export function addCalls(converse) {
    converse.plugins.add('site-calls', {
        initialize() {
            const { _converse } = this;
            const { api } = _converse;
            const { html } = converse.env;
            let seen = null;

            const line = new Line(api, {});
            const switchboard = new Switchboard(line, peopleOf(_converse), (call) => {
                view.show(call);
                if (call?.phase === 'incoming') {
                    seen ??= note(call);
                } else {
                    seen?.close();
                    seen = null;
                }
            });
            const view = new View((order) => ({
                accept: () => switchboard.accept(false),
                acceptWithCamera: () => switchboard.accept(true),
                close: () => view.show(null),
            }[order] ?? (() => switchboard[order]()))());

            const button = (model, video) => html`<button type="button" class="btn onprem-start-call" data-video=${video}
                title=${say(video ? 'video-call' : 'call')} aria-label=${say(video ? 'video-call' : 'call')}
                @click=${(event) => {
                    event.preventDefault();
                    switchboard.start(model.get('jid'), video);
                    view.focus();
                }}>${sign(video ? 'camera' : 'phone')}</button>`;

            api.listen.on('getToolbarButtons', (toolbar, buttons) => (
                // somebody's nickname in a room has no telephone
                toolbar.is_groupchat || toolbar.model.get('jid').includes('/') ? buttons : [...buttons, button(toolbar.model, false), button(toolbar.model, true)]));
            api.listen.on('addClientFeatures', () => FEATURES.forEach((feature) => api.disco.own.features.add(feature)));
            api.listen.on('connected', () => line.listen());
            api.listen.on('reconnected', () => line.listen());
            api.listen.on('logout', () => switchboard.leave());
            window.addEventListener('pagehide', () => {
                switchboard.leave();
                api.connection.get()?.flush?.();
            });
        },
    });
}
