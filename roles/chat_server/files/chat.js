// Starts Converse.js with the settings of this site. Nothing here reaches past the chat server.
import { calls, client, settings, title } from './settings.js';

// The client's own footer, links and heading load pictures from and lead to the outside; an element that
// is already defined is kept.
class SiteName extends HTMLElement {
    connectedCallback() {
        const icon = document.createElement('img');
        icon.src = '/icon.svg';
        icon.alt = '';
        const name = document.createElement('span');
        name.textContent = title;
        this.replaceChildren(icon, name);
    }
}

customElements.define('converse-brand-logo', SiteName);
customElements.define('converse-footer', class extends HTMLElement {});
customElements.define('converse-controlbox-navbar', class extends HTMLElement {});

const { default: converse } = await import(client);

// In rooms, too, people go by the name that the site gave them
converse.plugins.add('site-names', {
    initialize() {
        const { _converse } = this;
        _converse.api.listen.on('getNicknameForMUC', async (_room, name) => {
            const card = name ? null : await _converse.api.vcard.get(_converse.session.get('bare_jid'));
            return name || card?.fullname || null;
        });
    },
});

if (calls) {
    (await import('./calls/plugin.js')).addCalls(converse);
}

// Who has just made an account with an invitation need not type the password again. It is taken away before anything else is done.
function firstLogIn() {
    const kept = sessionStorage.getItem('onprem-chat-log-in');
    sessionStorage.removeItem('onprem-chat-log-in');
    return kept ? { auto_login: true, ...JSON.parse(kept) } : {};
}

// By whatever name or address the page came, the server behind it is the same
const { host } = window.location;
converse.initialize({
    ...settings,
    ...firstLogIn(),
    bosh_service_url: `https://${host}/bosh`,
    websocket_url: `wss://${host}/ws`,
    whitelisted_plugins: ['site-names', 'site-calls'],
});
