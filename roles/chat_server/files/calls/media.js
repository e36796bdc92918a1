// Microphone, camera and the sound of a call.

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };

// A picture is welcome, sound is needed. Raises an error whose message is "insecure", "denied" or "missing".
export async function take(video) {
    if (!navigator.mediaDevices) {
        throw new Error('insecure');
    }
    if (video) {
        try {
            return await navigator.mediaDevices.getUserMedia({ audio: SOUND, video: PICTURE });
        } catch {
            // no camera, or not this one: then without
        }
    }
    try {
        return await navigator.mediaDevices.getUserMedia({ audio: SOUND });
    } catch (error) {
        throw new Error(['NotAllowedError', 'SecurityError'].includes(error.name) ? 'denied' : 'missing');
    }
}

export async function camera() {
    return (await navigator.mediaDevices.getUserMedia({ video: PICTURE })).getVideoTracks()[0];
}

export const release = (stream) => stream?.getTracks().forEach((track) => track.stop());

// Two notes and a pause for who is called, one for who calls. No file is asked for.
const TUNES = { incoming: { notes: [660, 880], every: 3000 }, outgoing: { notes: [425], every: 4000 } };

export class Bell {
    start(tune) {
        this.stop();
        try {
            this.context = new AudioContext();
        } catch {
            return; // a machine without sound
        }
        const { notes, every } = TUNES[tune];
        const play = () => notes.forEach((pitch, at) => this.note(pitch, at * 0.45));
        play();
        this.timer = setInterval(play, every);
    }

    note(pitch, after) {
        const begin = this.context.currentTime + after;
        const [tone, volume] = [this.context.createOscillator(), this.context.createGain()];
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0, begin);
        volume.gain.linearRampToValueAtTime(0.15, begin + 0.03);
        volume.gain.linearRampToValueAtTime(0, begin + 0.4);
        tone.connect(volume).connect(this.context.destination);
        tone.start(begin);
        tone.stop(begin + 0.42);
    }

    stop() {
        clearInterval(this.timer);
        this.context?.close();
        this.context = null;
    }
}
