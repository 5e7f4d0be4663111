"""What a casual remark does not overrule: a rule that protects."""

import re

from memctl.services.related.claim import Claim

_WEIGHTY = re.compile(
    r"(?i)secret|passw|credential|token|geheim|contraseñ|mot de passe|senha|парол|密码|密碼|秘密"
    r"|パスワード|비밀"
    r"|back-?up|sicherung|respaldo|sauvegarde|резерв|备份|備份|バックアップ|백업"
    r"|\bprod\b|produ[ckz]\w*[tc]i?on|produção|продакш|生产|本番|프로덕션"
)
"""What a mistake cannot be taken back for: secrets, backups, production."""


def guards(old: Claim) -> str:
    """Why `old` is a rule that protects, in words; "" where it is none: it forbids, or it binds where a
    mistake cannot be taken back."""
    lead = old.statement.description
    if old.cues.has("prohibit", lead) and (old.cues.has("always", lead) or old.cues.has("norm", lead)):
        return "it forbids something"
    binds = any(old.cues.has(key, old.text) for key in ("always", "oblige", "norm", "prohibit"))
    return "it protects what a mistake would cost" if binds and _WEIGHTY.search(lead) else ""


def overrules(new: Claim, old: Claim, *, explicit: bool) -> bool:
    """Whether `new` may take the place of `old`. A rule that protects gives way only to a statement that
    says so itself, is no remark of the day, and comes from somebody whose word is as good."""
    if not guards(old):
        return True
    if new.has("once") or new.statement.expires or new.statement.type == "project":
        return False
    if old.statement.origin == "person" != new.statement.origin:
        return False
    return explicit or new.has("decide") or bool(guards(new))
