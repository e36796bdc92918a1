# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control node's side: verify the bundle, ask the host what it lacks, send that and nothing else."""

from __future__ import annotations

import fcntl
import hashlib
import io
import secrets
import shlex
import subprocess
import tarfile
from pathlib import Path

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.onprem.chat.plugins.module_utils.bundle.descriptor import NAME as ABOUT
from ansible_collections.onprem.chat.plugins.module_utils.bundle.descriptor import parse_descriptor
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import NAME as MANIFEST
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import SIGNATURES
from ansible_collections.onprem.chat.plugins.module_utils.bundle.signers import parse_signers
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell import provenance
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import sha256
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.verify import check_bundle, check_sums

VERIFIER = Path(__file__).resolve().parents[2] / "roles/offline_bundle/files/verify.sh"
# What one command carries: it is held in memory, once for each host that is served at the same time.
PIECE = 32_000_000
MARGIN = 50_000_000
COPIES = Path("/srv/onprem-chat/bundles")


def run_command(command, data="", binary_data=True):
    """What AnsibleModule.run_command is on the host."""
    done = subprocess.run(command, input=data.encode(), capture_output=True, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


class Offer:
    """A bundle on the control node."""

    def __init__(self, folder: Path, signers: str) -> None:
        self.folder = folder
        self.signers = parse_signers(signers)
        self.verifier = VERIFIER.read_text(encoding="utf-8")
        if not folder.is_dir():
            raise BundleError("there is no such folder on the control node")
        self.manifest = check_bundle(run_command, folder, self.verifier, self.signers, sums=False)
        check_sums(folder, {ABOUT: self.manifest.sums.get(ABOUT, "")})
        self.about = parse_descriptor((folder / ABOUT).read_text(encoding="utf-8"))
        self.sum = sha256(folder / MANIFEST)

    def verify_once(self) -> None:
        """Every byte, once a run however many hosts are served; before anything is sent."""
        name = hashlib.sha256(f"{self.folder}\n{self.sum}".encode()).hexdigest()
        with (Path(C.DEFAULT_LOCAL_TMP) / f"bundle-{name}").open("a+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.seek(0)
            if stream.read() != "verified":
                check_sums(self.folder, self.manifest.sums)
                for note in provenance.check_all(run_command, self.folder, self.manifest.sums):
                    Display().warning(f"the bundle {self.folder}: {note} (the control node)")
                stream.write("verified")

    def base(self, provenance_folder: str) -> list[str]:
        """What a host needs before it can say which packages, with Debian's signatures of those for its kind."""
        signatures = [name for name in SIGNATURES if (self.folder / name).is_file()]
        return [MANIFEST, *signatures, *sorted([*self.manifest.base(), *self.manifest.below(provenance_folder)])]

    def size(self, paths: list[str]) -> int:
        """Bytes of these files."""
        return sum((self.folder / path).stat().st_size for path in paths)

    def pieces(self, paths: list[str]):
        """The files as tar streams of a bearable size."""
        piece: list[str] = []
        filled = 0
        for path in paths:
            size = (self.folder / path).stat().st_size
            if piece and filled + size > PIECE:
                yield self._tar(piece)
                piece, filled = [], 0
            piece.append(path)
            filled += size
        if piece:
            yield self._tar(piece)

    def _tar(self, paths: list[str]) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for path in paths:
                entry = tarfile.TarInfo(path)
                with (self.folder / path).open("rb") as source:
                    entry.size = (self.folder / path).stat().st_size
                    entry.mode = 0o644
                    tar.addfile(entry, source)
        return stream.getvalue()


class ActionModule(ActionBase):
    """onprem.chat.offline_packages"""

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        self._vars = task_vars
        self._sent = 0
        arguments = self._task.args
        if arguments.get("state", "present") == "absent":
            return {**result, **self._execute_module(module_args=arguments, task_vars=task_vars)}
        back = arguments.get("state") == "previous"
        missing = [name for name in ("bundle", "signers", *(["serial"] if back else [])) if not arguments.get(name)]
        if missing:
            raise AnsibleActionFail(f"missing required arguments: {', '.join(missing)}")
        folder = Path(self._loader.path_dwim(arguments["bundle"])).resolve()
        try:
            folder = numbered(folder, int(arguments["serial"])) if back else newest(folder)
            self._offer = Offer(folder, arguments["signers"])
            if back and self._offer.about.serial != int(arguments["serial"]):
                raise BundleError(f"is named after {arguments['serial']} and says that it is {self._offer.about.serial}")
            return {**result, "bundle": str(folder), **self._serve()}
        except (BundleError, OSError) as error:
            raise AnsibleActionFail(f"the bundle {folder}: {error}") from error

    def _step(self, name, **more):
        """One call on the host; anything it refuses ends the task."""
        offer = self._offer
        step = {"name": name, "serial": offer.about.serial, "manifest": offer.sum, "verifier": offer.verifier, **more}
        arguments = {**self._task.args, "bundle": str(offer.folder), "signers": offer.signers, "step": step}
        answer = self._execute_module(module_args=arguments, task_vars=self._vars)
        answer.pop("invocation", None)
        return answer

    def _serve(self):
        status = self._step("status")
        if status.get("failed") or status.get("current"):
            return tidy(status)
        self._offer.verify_once()
        check = self._task.check_mode
        incoming = None
        if not status["base"]:
            base = [path for path in self._offer.base(status["provenance"]) if not (check and path.startswith("web/"))]
            needed = self._offer.size(base) + MARGIN
            if status["free"] < needed:
                has = f"has {status['free'] // 1_000_000} MB free; make room on it"
                raise AnsibleActionFail(f"the host needs {needed // 1_000_000} MB for a copy of the bundle, {has}")
            incoming = self._send(base)
        plan = self._step("plan", incoming=incoming)
        if plan.get("failed") or check or plan.get("current"):
            if check and incoming:
                self._remove(incoming)
            return tidy({**plan, "warnings": [*status.get("warnings", []), *plan.get("warnings", [])]})
        arrived = self._send(plan["missing"]) if plan["missing"] else None
        done = self._step("install", incoming=arrived, wanted=plan["missing"])
        warnings = [line for step in (status, plan, done) for line in step.get("warnings", [])]
        return tidy({**done, "diff": plan["diff"], "changes": plan["changes"], "warnings": warnings, "sent": self._sent})

    def _send(self, paths):
        """Stream files into a fresh folder on the host; its name."""
        token = secrets.token_hex(6)
        root = self._task.args.get("root", "/srv/onprem-chat")
        folder = f"/var/tmp/onprem-chat-check-{token}" if self._task.check_mode else f"{root}/incoming-{token}"
        size = self._offer.size(paths)
        if size > PIECE:
            Display().display(f"  {self._vars.get('inventory_hostname')}: sending {len(paths)} files, {size // 1_000_000} MB")
        where = shlex.quote(folder)
        for piece in self._offer.pieces(paths):
            done = self._low_level_execute_command(
                f"umask 077 && mkdir -p {where} && tar --no-same-owner -xf - -C {where}", in_data=piece
            )
            if done["rc"]:
                raise AnsibleActionFail(
                    f"copying to the host failed: {done['stderr'].strip() or done['stdout'].strip()}; run again"
                )
        self._sent += size
        return folder

    def _remove(self, folder):
        self._low_level_execute_command(f"rm -rf {shlex.quote(folder)}")


def newest(folder: Path) -> Path:
    """The bundle itself, or the newest one of a folder of bundles; a stick may be unable to hold the link to it."""
    if (folder / MANIFEST).exists():
        return folder
    if (folder / "latest" / MANIFEST).exists():
        return (folder / "latest").resolve()
    bundles = [path for path in folder.glob("bundle-*") if path.name.partition("-")[2].isdigit()]
    return max(bundles, key=lambda path: int(path.name.partition("-")[2]), default=folder)


def numbered(folder: Path, serial: int) -> Path:
    """The bundle of that serial: the folder itself, in it, beside it, or where a control node in the gap keeps its copies."""
    for parent in (folder, folder.parent, COPIES):
        for path in (parent / str(serial), parent / f"bundle-{serial}"):
            if (path / MANIFEST).exists():
                return path.resolve()
    raise BundleError(f"neither in nor beside it, nor in {COPIES} on the control node, is a bundle {serial}; copy it there")


def tidy(answer):
    """The result without what only the steps tell each other."""
    for key in ("base", "free", "current", "missing", "provenance"):
        answer.pop(key, None)
    if not answer.get("failed"):
        answer = {"installed": {}, "upgraded": {}, "removed": [], "changes": [], **answer}
    if not answer.get("warnings"):
        answer.pop("warnings", None)
    return answer
