// What a browser says of its media (SDP, RFC 8866) as plain data, and back. Data in, data out.
// Sections hold what Jingle has words for; everything else of SDP stays at home.

const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

// What the other side said is a value in a line, never a line of its own
const oneLine = (text) => text.replace(/[\r\n]+/g, ' ');

// name=value;name=value -> [{name, value}]; a value without a name gets the name ''
function parameters(text) {
    return text.split(';').map((part) => part.trim()).filter(Boolean).map((part) => {
        const at = part.indexOf('=');
        return at < 0 ? { name: '', value: part } : { name: part.slice(0, at), value: part.slice(at + 1) };
    });
}

// "foundation component protocol priority ip port typ type [name value]..." -> {foundation, component, ..., generation}
export function parseCandidate(line) {
    const words = line.trim().replace(/^a=/, '').replace(/^candidate:/, '').split(/\s+/);
    const [foundation, component, protocol, priority, ip, port, , type, ...rest] = words;
    const more = {};
    for (let at = 0; at + 1 < rest.length; at += 2) {
        more[rest[at]] = rest[at + 1];
    }
    return {
        foundation, component, protocol: protocol.toLowerCase(), priority, ip, port, type, generation: more.generation ?? '0',
        relatedAddress: more.raddr, relatedPort: more.rport, tcpType: more.tcptype, ufrag: more.ufrag,
    };
}

export function buildCandidate(one) {
    const words = [one.foundation, one.component, one.protocol, one.priority, one.ip, one.port, 'typ', one.type];
    if (one.relatedAddress && one.relatedPort) {
        words.push('raddr', one.relatedAddress, 'rport', one.relatedPort);
    }
    if (one.tcpType) {
        words.push('tcptype', one.tcpType);
    }
    return oneLine(`candidate:${words.join(' ')} generation ${one.generation ?? '0'}`);
}

function parseSection(lines, common) {
    const [, kind, port, , ids] = lines[0].match(/^m=(\S+) (\d+) (\S+) ?(.*)$/);
    const all = [...common, ...lines.slice(1)].filter((line) => line.startsWith('a=')).map((line) => line.slice(2));
    const values = (name) => all.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1));
    const numbered = (name) => values(name).map((text) => text.match(/^(\S+) (.*)$/)).filter(Boolean);

    const payloads = ids.split(' ').filter(Boolean).map((id) => ({ id, parameters: [], feedback: [] }));
    const byId = Object.fromEntries(payloads.map((payload) => [payload.id, payload]));
    for (const [, id, text] of numbered('rtpmap')) {
        const [name, clockrate, channels] = text.split('/');
        Object.assign(byId[id] ?? {}, { name, clockrate, channels: channels ?? '1' });
    }
    for (const [, id, text] of numbered('fmtp')) {
        byId[id]?.parameters.push(...parameters(text));
    }
    const feedback = [];
    for (const [, id, text] of numbered('rtcp-fb')) {
        const [type, ...subtype] = text.split(' ');
        (id === '*' ? feedback : byId[id]?.feedback)?.push({ type, subtype: subtype.join(' ') });
    }
    const sources = new Map();
    for (const [, ssrc, text] of numbered('ssrc')) {
        sources.set(ssrc, [...(sources.get(ssrc) ?? []), ...parameters(text.replace(':', '='))]);
    }
    return {
        mid: values('mid')[0], kind, payloads, feedback, refused: port === '0',
        direction: DIRECTIONS.find((direction) => all.includes(direction)) ?? 'sendrecv',
        mux: all.includes('rtcp-mux'),
        mixed: all.includes('extmap-allow-mixed'),
        extensions: numbered('extmap').map(([, id, uri]) => ({ id: id.split('/')[0], uri: uri.split(' ')[0] })),
        ufrag: values('ice-ufrag').at(-1), pwd: values('ice-pwd').at(-1),
        fingerprint: { hash: values('fingerprint').at(-1)?.split(' ')[0], value: values('fingerprint').at(-1)?.split(' ')[1] },
        setup: values('setup').at(-1),
        sources: [...sources].map(([ssrc, about]) => ({ ssrc, parameters: about })),
        groups: values('ssrc-group').map((text) => text.split(' ')).map(([semantics, ...ssrcs]) => ({ semantics, ssrcs })),
        candidates: values('candidate').map(parseCandidate),
    };
}

// SDP -> {bundle: [mid], sections: [...]}
export function parse(text) {
    const [session, ...sections] = text.split(/\r?\n(?=m=)/).map((part) => part.split(/\r?\n/).filter(Boolean));
    const bundle = session.find((line) => line.startsWith('a=group:BUNDLE'));
    const common = session.filter((line) => /^a=(ice-|fingerprint|setup|extmap-allow-mixed)/.test(line));
    return { bundle: bundle ? bundle.split(' ').slice(1) : [], sections: sections.map((lines) => parseSection(lines, common)) };
}

function payloadLines({ id, name, clockrate, channels, parameters: about, feedback }, kind) {
    const many = kind === 'audio' && channels && channels !== '1' ? `/${channels}` : '';
    const lines = [`rtpmap:${id} ${name}/${clockrate}${many}`];
    if (about.length) {
        lines.push(`fmtp:${id} ${about.map((one) => (one.name ? `${one.name}=${one.value}` : one.value)).join(';')}`);
    }
    return [...lines, ...feedback.map(({ type, subtype }) => `rtcp-fb:${id} ${type}${subtype ? ` ${subtype}` : ''}`)];
}

function sectionLines(one) {
    return [
        `mid:${one.mid}`,
        ...(one.ufrag ? [`ice-ufrag:${one.ufrag}`, `ice-pwd:${one.pwd}`, 'ice-options:trickle'] : []),
        ...(one.fingerprint.value ? [`fingerprint:${one.fingerprint.hash} ${one.fingerprint.value}`, `setup:${one.setup}`] : []),
        one.direction,
        ...(one.mux ? ['rtcp-mux'] : []),
        ...(one.mixed ? ['extmap-allow-mixed'] : []),
        ...one.extensions.map(({ id, uri }) => `extmap:${id} ${uri}`),
        ...one.payloads.flatMap((payload) => payloadLines(payload, one.kind)),
        ...one.feedback.map(({ type, subtype }) => `rtcp-fb:* ${type}${subtype ? ` ${subtype}` : ''}`),
        ...one.groups.map(({ semantics, ssrcs }) => `ssrc-group:${[semantics, ...ssrcs].join(' ')}`),
        ...one.sources.flatMap(({ ssrc, parameters: about }) => about.map(({ name, value }) => `ssrc:${ssrc} ${name}:${value}`)),
        ...one.candidates.map(buildCandidate),
    ].map((line) => `a=${line}`);
}

// {bundle, sections} -> SDP
export function build({ bundle, sections }) {
    const lines = ['v=0', 'o=- 1 2 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=msid-semantic: WMS *'];
    if (bundle.length) {
        lines.push(`a=group:BUNDLE ${bundle.join(' ')}`);
    }
    for (const one of sections) {
        const ids = one.payloads.map(({ id }) => id).join(' ');
        lines.push(`m=${one.kind} ${one.refused ? 0 : 9} UDP/TLS/RTP/SAVPF ${ids || '0'}`, 'c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0');
        lines.push(...sectionLines(one));
    }
    return lines.map((line) => `${oneLine(line)}\r\n`).join('');
}
