// XML as text: what goes out is built here, so that nothing that people or programs said can be more than text in it.
const SIGNS = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
const safe = (text) => String(text).replace(/[&<>"']/g, (sign) => SIGNS[sign]);

class Markup extends String {}

// A value that is undefined or null leaves its attribute out; a child that is no markup of ours is text
export function xml(name, attributes = {}, ...children) {
    const said = Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null);
    const inside = children.map((child) => (child instanceof Markup ? child : safe(child))).join('');
    return new Markup(`<${name}${said.map(([key, value]) => ` ${key}="${safe(value)}"`).join('')}>${inside}</${name}>`);
}

// The element of it, as Strophe sends it
export function element(markup) {
    return new DOMParser().parseFromString(String(markup), 'text/xml').documentElement;
}
