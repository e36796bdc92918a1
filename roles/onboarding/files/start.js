/* Asks whether this device recognises the chat now, and again when somebody comes back to the page. It works without, too. */
'use strict';

// An iPad says that it is a Mac; who chose Mac by hand stays there
if (document.body.dataset.system === 'macos' && navigator.maxTouchPoints > 1 && /\/start\/?$/.test(location.pathname)) {
    location.replace(document.body.dataset.ipad);
}

const box = document.querySelector('[data-check]');

if (box) {
    const words = box.querySelector('[role="status"]');
    const again = box.querySelector('button');
    let busy = false;

    const say = (state) => {
        box.dataset.state = state;
        words.textContent = box.dataset[state];
        document.querySelector('.ready').hidden = state !== 'yes';
    };

    const look = async () => {
        if (busy) {
            return;
        }
        busy = true;
        try {
            const answer = await fetch(box.dataset.check, {cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout?.(8000)});
            say(answer.ok ? 'yes' : 'no');
        } catch {
            say('no');
        }
        busy = false;
    };

    words.hidden = false;
    again.hidden = false;
    box.querySelector('.plain').hidden = true;
    again.addEventListener('click', () => {
        say('asking');
        look();
    });
    document.addEventListener('visibilitychange', () => document.hidden || look());
    say('asking');
    look();
}
