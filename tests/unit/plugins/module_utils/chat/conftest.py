# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of ejabberd: the commands that we use, on dictionaries. What it answers was copied from 24.12."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.chat.plan import compute
from ansible_collections.onprem.chat.plugins.module_utils.chat.sight import first_questions, names, second_questions, see

HOST = "chat.example.lan"


class Ejabberd:
    def __init__(self):
        self.users, self.rooms, self.group = {}, {}, None

    def run(self, calls):
        return [self.answer(call) for call in calls]

    def answer(self, call):
        try:
            return True, getattr(self, call.command)(**call.arguments)
        except LookupError as reason:
            return False, str(reason)

    def registered_users(self, host):
        return sorted(self.users)

    def muc_online_rooms(self, service):
        return [f"{room}@{service}" for room in sorted(self.rooms)]

    def srg_list(self, host):
        return ["everybody"] if self.group else []

    def register(self, user, host, password):
        assert user not in self.users
        self.users[user] = {"password": password, "banned": None, "FN": ""}
        return ["ok", "User successfully registered"]

    def unregister(self, user, host):
        del self.users[user]
        return ["ok", ""]

    def change_password(self, user, host, newpass):
        self.users[user]["password"] = newpass
        return "ok"

    def check_password(self, user, host, password):
        if self.users[user]["banned"]:
            raise LookupError("case_clause")
        return self.users[user]["password"] == password

    def get_ban_details(self, user, host):
        return [["reason", self.users[user]["banned"]]] if self.users[user]["banned"] else []

    def ban_account(self, user, host, reason):
        self.users[user]["banned"] = reason
        return "ok"

    def unban_account(self, user, host):
        self.users[user]["banned"] = None
        return "ok"

    def get_vcard(self, user, host, name):
        return self.users[user][name]

    def set_vcard(self, user, host, name, content):
        self.users[user][name] = content
        return "ok"

    def srg_create(self, group, host, label, description, display):
        self.group = {"label": label, "displayed": display}
        return "ok"

    def srg_user_add(self, user, host, group, grouphost):
        return "ok"

    def srg_delete(self, group, host):
        self.group = None
        return "ok"

    def srg_get_info(self, group, host):
        return [["label", self.group["label"]], ["description", "made by onprem.chat"]]

    def create_room_with_opts(self, room, service, host, options):
        self.rooms[room] = {"options": {row["name"]: row["value"] for row in options}, "members": {}}
        return "ok"

    def destroy_room(self, room, service):
        del self.rooms[room]
        return "ok"

    def get_room_options(self, room, service):
        return [[name, value or []] for name, value in self.rooms[room]["options"].items()]

    def change_room_option(self, room, service, option, value):
        self.rooms[room]["options"][option] = value
        return "ok"

    def get_room_affiliations(self, room, service):
        return [[user, HOST, affiliation, ""] for user, affiliation in self.rooms[room]["members"].items()]

    def set_room_affiliation(self, room, service, user, host, affiliation):
        self.rooms[room]["members"][user] = affiliation
        return "ok"

    def plan(self, wish):
        users, rooms, grouped = names(self.run(first_questions(HOST)))
        questions = second_questions(wish, HOST, users, rooms, grouped)
        sight = see(wish, HOST, users, rooms, grouped, dict(zip(questions, self.run(questions.values()))))
        return compute(wish, sight, HOST)


@pytest.fixture(scope="session")
def model():
    return Ejabberd


@pytest.fixture
def ejabberd(model):
    return model()
