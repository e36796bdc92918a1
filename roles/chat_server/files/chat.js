// Starts Converse.js with the settings of this site. Nothing here reaches past the chat server.
import { client, settings, title } from './settings.js';

// The client's own footer and heading load pictures from and link to the outside; an element that is
// already defined is kept.
class Nothing extends HTMLElement {}

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

customElements.define('converse-footer', Nothing);
customElements.define('converse-controlbox-navbar', class extends Nothing {});
customElements.define('converse-brand-logo', SiteName);

const { default: converse } = await import(client);
converse.initialize(settings);
