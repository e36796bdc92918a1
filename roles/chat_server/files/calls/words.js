// What a call says to people, in the languages of this collection; Converse.js itself follows the browser's language too.
const WORDS = {
    en: {
        'call': 'Call', 'video-call': 'Video call', 'with': 'Call with {name}',
        'asking': 'The browser asks for the microphone', 'calling': 'Calling', 'rings': 'It rings', 'incoming': 'is calling',
        'incoming-video': 'is calling, with picture', 'connecting': 'Connecting', 'weak': 'The connection is interrupted',
        'direct': 'direct', 'relay': 'through the relay',
        'answer': 'Answer', 'answer-video': 'Answer with camera', 'decline': 'Decline', 'hang-up': 'Hang up', 'close': 'Close',
        'mute': 'Microphone off', 'unmute': 'Microphone on', 'camera-off': 'Camera off', 'camera-on': 'Camera on',
        'peer-muted': 'Their microphone is off', 'you': 'You',
        'no-camera': 'No camera: sound only',
        'ended-success': 'The call has ended', 'ended-hung-up': 'The call has ended', 'ended-cancel': 'The call has ended',
        'ended-declined': '{name} declined', 'ended-decline': 'Declined', 'ended-busy': '{name} is in another call',
        'ended-unanswered': 'No answer', 'ended-missed': 'You missed a call', 'ended-elsewhere': 'Answered on another device',
        'ended-offline': '{name} is not online', 'ended-connectivity-error': 'The connection is lost',
        'ended-no-way': 'No way to {name} was found. Who runs this chat can say whether it has a relay.',
        'ended-media-error': 'The call could not be set up',
        'ended-denied': 'This page may not use the microphone. Allow it at the padlock beside the address, then call again.',
        'ended-missing': 'No microphone was found, or another program keeps it.',
        'ended-insecure': 'Calls need the https page of this chat.',
        'message': 'I tried to call you.',
    },
    de: {
        'call': 'Anrufen', 'video-call': 'Videoanruf', 'with': 'Gespräch mit {name}',
        'asking': 'Der Browser fragt nach dem Mikrofon', 'calling': 'Verbindung wird gesucht', 'rings': 'Es klingelt', 'incoming': 'ruft an',
        'incoming-video': 'ruft an, mit Bild', 'connecting': 'Wird verbunden', 'weak': 'Die Verbindung ist unterbrochen',
        'direct': 'direkt', 'relay': 'über das Relay',
        'answer': 'Annehmen', 'answer-video': 'Mit Kamera annehmen', 'decline': 'Ablehnen', 'hang-up': 'Auflegen', 'close': 'Schließen',
        'mute': 'Mikrofon aus', 'unmute': 'Mikrofon an', 'camera-off': 'Kamera aus', 'camera-on': 'Kamera an',
        'peer-muted': 'Das Mikrofon dort ist aus', 'you': 'Sie',
        'no-camera': 'Keine Kamera: nur Ton',
        'ended-success': 'Das Gespräch ist beendet', 'ended-hung-up': 'Das Gespräch ist beendet', 'ended-cancel': 'Das Gespräch ist beendet',
        'ended-declined': '{name} hat abgelehnt', 'ended-decline': 'Abgelehnt', 'ended-busy': '{name} ist in einem anderen Gespräch',
        'ended-unanswered': 'Keine Antwort', 'ended-missed': 'Sie haben einen Anruf verpasst',
        'ended-elsewhere': 'Auf einem anderen Gerät angenommen', 'ended-offline': '{name} ist nicht online',
        'ended-connectivity-error': 'Die Verbindung ist abgerissen',
        'ended-no-way': 'Kein Weg zu {name} wurde gefunden. Wer diesen Chat betreibt, weiß, ob er ein Relay hat.',
        'ended-media-error': 'Das Gespräch kam nicht zustande',
        'ended-denied': 'Diese Seite darf das Mikrofon nicht benutzen. Erlauben Sie es am Schloss neben der Adresse und rufen Sie noch einmal an.',
        'ended-missing': 'Kein Mikrofon gefunden, oder ein anderes Programm benutzt es.',
        'ended-insecure': 'Gespräche brauchen die https-Seite dieses Chats.',
        'message': 'Ich habe versucht, Sie anzurufen.',
    },
};

const language = navigator.languages.map((one) => one.slice(0, 2)).find((one) => WORDS[one]) ?? 'en';
export { language };

export function say(key, name = '') {
    return (WORDS[language][key] ?? key).replace('{name}', () => name);
}
