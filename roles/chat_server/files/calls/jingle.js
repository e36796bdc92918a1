// The same data as XML of Jingle (XEP-0166, 0167, 0176) and back, with DTLS (0320), feedback (0293), header extensions (0294),
// bundling (0338) and sources (0339).
import { xml } from './xml.js';

export const NS = {
    jingle: 'urn:xmpp:jingle:1',
    ringing: 'urn:xmpp:jingle-message:0',
    errors: 'urn:xmpp:jingle:errors:1',
    rtp: 'urn:xmpp:jingle:apps:rtp:1',
    info: 'urn:xmpp:jingle:apps:rtp:info:1',
    feedback: 'urn:xmpp:jingle:apps:rtp:rtcp-fb:0',
    extension: 'urn:xmpp:jingle:apps:rtp:rtp-hdrext:0',
    source: 'urn:xmpp:jingle:apps:rtp:ssma:0',
    ice: 'urn:xmpp:jingle:transports:ice-udp:1',
    dtls: 'urn:xmpp:jingle:apps:dtls:0',
    group: 'urn:xmpp:jingle:apps:grouping:0',
};

// What a client says of itself so that others offer calls to it
export const FEATURES = [
    NS.jingle, NS.ringing, NS.rtp, 'urn:xmpp:jingle:apps:rtp:audio', 'urn:xmpp:jingle:apps:rtp:video', NS.feedback,
    NS.extension, NS.source, NS.ice, NS.dtls, NS.group,
];

const OTHER = { initiator: 'responder', responder: 'initiator' };

// Who sends (XEP-0166), for the one whose SDP says so
function sendersOf(direction, role) {
    return { sendrecv: 'both', sendonly: role, recvonly: OTHER[role], inactive: 'none' }[direction];
}

function directionOf(senders, role) {
    return { both: 'sendrecv', [role]: 'sendonly', [OTHER[role]]: 'recvonly', none: 'inactive' }[senders || 'both'];
}

function feedbackXml(feedback) {
    return feedback.map(({ type, subtype }) => xml('rtcp-fb', { xmlns: NS.feedback, type, subtype: subtype || undefined }));
}

function payloadXml({ id, name, clockrate, channels, parameters, feedback }) {
    return xml('payload-type', { id, name, clockrate, channels }, ...parameters.map((one) => xml('parameter', one)), ...feedbackXml(feedback));
}

function descriptionXml(section) {
    // a payload whose parameters have no names ("red" of audio) has no words in Jingle: the other side simply does not choose it
    const payloads = section.payloads.filter(({ name, parameters }) => name && parameters.every((one) => one.name || name === 'telephone-event'));
    const named = payloads.map((one) => ({ ...one, parameters: one.parameters.filter(({ name }) => name) }));
    return xml('description', { xmlns: NS.rtp, media: section.kind },
        ...named.map(payloadXml), ...feedbackXml(section.feedback), section.mux ? xml('rtcp-mux') : '',
        ...section.extensions.map(({ id, uri }) => xml('rtp-hdrext', { xmlns: NS.extension, id, uri })),
        section.mixed ? xml('extmap-allow-mixed', { xmlns: NS.extension }) : '',
        ...section.groups.map(({ semantics, ssrcs }) => (
            xml('ssrc-group', { xmlns: NS.source, semantics }, ...ssrcs.map((ssrc) => xml('source', { ssrc }))))),
        ...section.sources.map(({ ssrc, parameters }) => (
            xml('source', { xmlns: NS.source, ssrc }, ...parameters.map((one) => xml('parameter', one))))));
}

export function candidateXml(one, id) {
    return xml('candidate', {
        id, component: one.component, foundation: one.foundation, generation: one.generation, ip: one.ip, network: '0', port: one.port,
        priority: one.priority, protocol: one.protocol, 'rel-addr': one.relatedAddress, 'rel-port': one.relatedPort,
        tcptype: one.tcpType, type: one.type,
    });
}

export function transportXml({ ufrag, pwd, fingerprint, setup }, candidates = []) {
    return xml('transport', { xmlns: NS.ice, ufrag, pwd },
        fingerprint?.value ? xml('fingerprint', { xmlns: NS.dtls, hash: fingerprint.hash, setup }, fingerprint.value) : '', ...candidates);
}

// {bundle, sections} -> children of <jingle/>, from the one who is `role` in this call
export function contentsXml({ bundle, sections }, role) {
    const group = bundle.length
        ? [xml('group', { xmlns: NS.group, semantics: 'BUNDLE' }, ...bundle.map((name) => xml('content', { name })))] : [];
    return [...group, ...sections.filter(({ refused }) => !refused).map((section) => xml(
        'content', { creator: 'initiator', name: section.mid, senders: sendersOf(section.direction, role) },
        descriptionXml(section), transportXml(section),
    ))];
}

const children = (element, name) => [...(element?.children ?? [])].filter(({ localName }) => localName === name);
const child = (element, name) => children(element, name)[0];
const attributes = (element, ...names) => Object.fromEntries(names.map((name) => [name, element.getAttribute(name) ?? '']));

export function candidateOf(element) {
    const get = (name) => element.getAttribute(name) ?? undefined;
    return {
        component: get('component') ?? '1', foundation: get('foundation') ?? '0', generation: get('generation') ?? '0', ip: get('ip'),
        port: get('port'), priority: get('priority') ?? '1', protocol: (get('protocol') ?? 'udp').toLowerCase(), type: get('type') ?? 'host',
        relatedAddress: get('rel-addr'), relatedPort: get('rel-port'), tcpType: get('tcptype'),
    };
}

function sectionOf(content, role) {
    const description = child(content, 'description');
    const transport = child(content, 'transport');
    const fingerprint = child(transport, 'fingerprint');
    const feedback = (element) => children(element, 'rtcp-fb').map((one) => attributes(one, 'type', 'subtype'));
    return {
        mid: content.getAttribute('name'), kind: description.getAttribute('media'), refused: false,
        direction: directionOf(content.getAttribute('senders'), role),
        payloads: children(description, 'payload-type').map((one) => ({
            ...attributes(one, 'id', 'name', 'clockrate', 'channels'),
            parameters: children(one, 'parameter').map((about) => attributes(about, 'name', 'value')),
            feedback: feedback(one),
        })),
        feedback: feedback(description),
        mux: Boolean(child(description, 'rtcp-mux')),
        mixed: Boolean(child(description, 'extmap-allow-mixed')),
        extensions: children(description, 'rtp-hdrext').map((one) => attributes(one, 'id', 'uri')),
        groups: children(description, 'ssrc-group').map((one) => ({
            semantics: one.getAttribute('semantics'), ssrcs: children(one, 'source').map((source) => source.getAttribute('ssrc')),
        })),
        sources: children(description, 'source').map((one) => ({
            ssrc: one.getAttribute('ssrc'), parameters: children(one, 'parameter').map((about) => attributes(about, 'name', 'value')),
        })),
        ufrag: transport?.getAttribute('ufrag'), pwd: transport?.getAttribute('pwd'),
        fingerprint: { hash: fingerprint?.getAttribute('hash'), value: fingerprint?.textContent.trim() },
        setup: fingerprint?.getAttribute('setup') ?? 'actpass',
        candidates: children(transport, 'candidate').map(candidateOf),
    };
}

// <jingle/> of the other one, who is `role` in this call -> {bundle, sections}
export function offered(jingle, role) {
    const contents = children(jingle, 'content').filter((one) => child(one, 'description')?.namespaceURI === NS.rtp);
    const group = children(jingle, 'group').find((one) => one.getAttribute('semantics') === 'BUNDLE');
    return {
        bundle: children(group, 'content').map((one) => one.getAttribute('name')),
        sections: contents.map((one) => sectionOf(one, role)),
    };
}

// A refused section keeps its place in an answer: the sections of the offer, each as answered or refused
export function inOrderOf(sections, answer) {
    const answered = new Map(answer.sections.map((one) => [one.mid, one]));
    return {
        ...answer,
        sections: sections.map((one) => answered.get(one.mid) ?? { ...one, refused: true, direction: 'inactive', candidates: [], sources: [], groups: [] }),
    };
}
