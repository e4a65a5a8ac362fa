"""Providers' events in the shapes of their documentation, with invented data.

Each shape takes a kind, our recipient key and the provider's name of the mail, and gives the body;
None where the provider has no such event.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

WHO = "ana@example.test"
HARD = "550 5.1.1 user unknown"
FULL = "mailbox full"
WHEN = 1_793_000_000
ISO = "2026-11-01T10:00:00Z"

Keys = dict[str, str]
Shape = Callable[[str, Keys, str], Any]


def postmark(kind: str, keys: Keys, name: str) -> Any:
    common = {"MessageID": name, "Metadata": keys, "Recipient": WHO, "Email": WHO}
    bounce = common | {"RecordType": "Bounce", "ID": 7, "BouncedAt": ISO}
    return {
        "delivered": common | {"RecordType": "Delivery", "DeliveredAt": ISO},
        "deferred": bounce | {"Type": "Transient", "Details": "smtp;451 4.7.1 later"},
        "bounced": bounce | {"Type": "HardBounce", "Details": f"smtp;{HARD}"},
        "soft": bounce | {"Type": "SoftBounce", "Details": FULL},
        "complained": bounce | {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "ID": 8},
        "unsubscribed": common
        | {
            "RecordType": "SubscriptionChange",
            "ChangedAt": ISO,
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
        },
        "opened": common | {"RecordType": "Open", "ReceivedAt": ISO},
        "clicked": common
        | {"RecordType": "Click", "ReceivedAt": ISO, "OriginalLink": "https://shop.example/"},
        "inbound": {"From": WHO, "To": "x@mail.assent.example", "MessageID": "in", "Headers": []},
    }[kind]


def sendgrid(kind: str, keys: Keys, name: str) -> Any:
    event: Any = {
        "delivered": {"event": "delivered", "response": "250 OK"},
        "deferred": {"event": "deferred", "response": "451 4.7.1 later", "attempt": "2"},
        "bounced": {"event": "bounce", "type": "bounce", "reason": HARD, "status": "5.1.1"},
        "soft": {"event": "bounce", "type": "blocked", "reason": FULL, "status": ""},
        "complained": {"event": "spamreport"},
        "unsubscribed": {"event": "unsubscribe"},
        "opened": {"event": "open", "useragent": "x"},
        "clicked": {"event": "click", "url": "https://shop.example/"},
    }.get(kind)
    common = {"email": WHO, "timestamp": WHEN, "sg_event_id": f"sg-{kind}", "anymail_id": name}
    return event and [common | keys | event]


def mailgun(kind: str, keys: Keys, name: str) -> Any:
    event: Any = {
        "delivered": {"event": "delivered", "delivery-status": {"code": 250, "message": "OK"}},
        "deferred": {
            "event": "failed",
            "severity": "temporary",
            "reason": "generic",
            "delivery-status": {"code": 451, "message": "4.7.1 later"},
        },
        "bounced": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "delivery-status": {"code": 550, "message": "5.1.1 user unknown"},
        },
        "complained": {"event": "complained"},
        "unsubscribed": {"event": "unsubscribed"},
        "opened": {"event": "opened", "client-info": {"user-agent": "x"}},
        "clicked": {"event": "clicked", "url": "https://shop.example/"},
    }.get(kind)
    if event is None:
        return None
    token = hashlib.sha256(kind.encode()).hexdigest()[:50]
    signed = hmac.new(b"mg-key", f"{WHEN}{token}".encode(), hashlib.sha256).hexdigest()
    common = {
        "id": f"mg-{kind}",
        "timestamp": WHEN,
        "recipient": WHO,
        "user-variables": keys,
        "message": {"headers": {"message-id": name}},
    }
    stamp = {"timestamp": str(WHEN), "token": token, "signature": signed}
    return {"signature": stamp, "event-data": common | event}


def brevo(kind: str, keys: Keys, name: str) -> Any:
    event = {
        "delivered": "delivered",
        "deferred": "deferred",
        "bounced": "hard_bounce",
        "soft": "soft_bounce",
        "complained": "spam",
        "unsubscribed": "unsubscribe",
        "opened": "unique_opened",
        "clicked": "click",
    }.get(kind)
    return event and {
        "event": event,
        "email": WHO,
        "ts_epoch": WHEN * 1000,
        "message-id": f"<{name}>",
        "reason": {"bounced": HARD, "soft": FULL}.get(kind, ""),
        "X-Mailin-custom": json.dumps(keys),
    }


def sparkpost(kind: str, keys: Keys, name: str) -> Any:
    event: Any = {
        "delivered": {"type": "delivery"},
        "deferred": {"type": "delay", "bounce_class": "24", "raw_reason": "451 4.7.1 later"},
        "bounced": {"type": "bounce", "bounce_class": "10", "raw_reason": HARD},
        "soft": {"type": "bounce", "bounce_class": "22", "raw_reason": FULL},
        "complained": {"type": "spam_complaint"},
        "unsubscribed": {"type": "list_unsubscribe"},
        "opened": {"type": "open"},
        "clicked": {"type": "click", "target_link_url": "https://shop.example/"},
    }.get(kind)
    group = {"unsubscribed": "unsubscribe_event", "opened": "track_event", "clicked": "track_event"}
    common = {
        "event_id": f"sp-{kind}",
        "timestamp": str(WHEN),
        "raw_rcpt_to": WHO,
        "rcpt_meta": keys,
        "transmission_id": name,
    }
    return event and [{"msys": {group.get(kind, "message_event"): common | event}}]


def mailjet(kind: str, keys: Keys, name: str) -> Any:
    bounce = {"event": "bounce", "error_related_to": "recipient"}
    event: Any = {
        "delivered": {"event": "sent", "smtp_reply": "sent (250 OK)"},
        "deferred": {"event": "bounce", "hard_bounce": False, "error": "greylisted"},
        "bounced": bounce | {"hard_bounce": True, "error": "user unknown"},
        "soft": bounce | {"hard_bounce": False, "error": "mailbox inactive"},
        "complained": {"event": "spam"},
        "unsubscribed": {"event": "unsub"},
        "opened": {"event": "open", "agent": "x"},
        "clicked": {"event": "click", "url": "https://shop.example/"},
    }.get(kind)
    common = {"time": WHEN, "email": WHO, "MessageID": name, "Payload": json.dumps(keys)}
    return event and [common | event]


def mandrill(kind: str, keys: Keys, name: str) -> Any:
    event = {
        "delivered": None,  # Mandrill tells of "send", which says nothing about arriving
        "deferred": "deferral",
        "bounced": "hard_bounce",
        "soft": "soft_bounce",
        "complained": "spam",
        "unsubscribed": "unsub",
        "opened": "open",
        "clicked": "click",
    }.get(kind)
    diag = {"bounced": f"smtp;{HARD}", "soft": FULL, "deferred": "451 4.7.1 later"}.get(kind)
    mail: Any = {"_id": name, "email": WHO, "metadata": keys, "tags": [], "diag": diag}
    return event and [{"event": event, "_id": name, "ts": WHEN, "msg": mail}]


def postal(kind: str, keys: Keys, name: str) -> Any:
    mail: Any = {"id": int(name), "token": "t", "direction": "outgoing", "to": WHO, "tag": None}
    payload: Any = {
        "delivered": {"message": mail, "status": "Sent", "output": "250 OK", "details": "sent"},
        "deferred": {"message": mail, "status": "SoftFail", "output": "451 4.7.1 later"},
        "bounced": {"message": mail, "status": "HardFail", "output": HARD},
        "soft": {"original_message": mail, "bounce": {"id": 9, "from": "x@mx.example"}},
        "opened": {"message": mail, "ip_address": "192.0.2.1", "user_agent": "x"},
        "clicked": {"message": mail, "url": "https://shop.example/", "user_agent": "x"},
        "inbound": None,
    }.get(kind)
    if kind == "inbound":
        return {"id": 1, "rcpt_to": "x@mail.assent.example", "mail_from": WHO, "message": ""}
    return payload and {"uuid": f"po-{kind}", "timestamp": float(WHEN), "payload": payload}


def mailersend(kind: str, keys: Keys, name: str) -> Any:
    event = {
        "delivered": "delivered",
        "bounced": "hard_bounced",
        "soft": "soft_bounced",
        "complained": "spam_complaint",
        "unsubscribed": "unsubscribed",
        "opened": "opened",
        "clicked": "clicked",
    }.get(kind)
    if kind == "inbound":
        return {"type": "inbound.message", "data": {"id": "in", "raw": ""}}
    reason = {"bounced": HARD, "soft": FULL}.get(kind)
    morph = reason and {"object": "recipient_bounce", "reason": reason}
    return event and {
        "type": f"activity.{event}",
        "data": {
            "object": "activity",
            "id": f"ms-{kind}",
            "type": event,
            "created_at": ISO,
            "email": {"message": {"id": name}, "recipient": {"email": WHO}, "tags": []},
            "morph": morph,
        },
    }


def amazon_ses(kind: str, keys: Keys, name: str) -> Any:
    person = {"emailAddress": WHO}
    event: Any = {
        "delivered": ("Delivery", {"recipients": [WHO], "smtpResponse": "250 2.6.0 ok"}),
        "bounced": (
            "Bounce",
            {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [person | {"diagnosticCode": f"smtp; {HARD}"}],
            },
        ),
        "soft": (
            "Bounce",
            {
                "bounceType": "Transient",
                "bounceSubType": "MailboxFull",
                "bouncedRecipients": [person],
            },
        ),
        "complained": (
            "Complaint",
            {"complainedRecipients": [person], "complaintFeedbackType": "abuse"},
        ),
        "opened": ("Open", {"userAgent": "x"}),
        "clicked": ("Click", {"userAgent": "x", "link": "https://shop.example/"}),
        "inbound": ("Received", {}),
    }.get(kind)
    if event is None:
        return None
    heading = [{"name": "X-Metadata", "value": json.dumps(keys)}]
    mail = {"messageId": name, "destination": [WHO], "headers": heading}
    said = {"eventType": event[0], "mail": mail, event[0].lower(): event[1]}
    return {
        "Type": "Notification",
        "MessageId": f"sns-{kind}",
        "TopicArn": "arn:aws:sns:eu-west-1:000000000000:assent",
        "Subject": "Amazon SES Email Event Notification",
        "Message": json.dumps(said),
        "Timestamp": ISO,
    }


def resend(kind: str, keys: Keys, name: str) -> Any:
    event = {
        "delivered": "email.delivered",
        "deferred": "email.delivery_delayed",
        "bounced": "email.bounced",
        "soft": "email.bounced",
        "complained": "email.complained",
        "opened": "email.opened",
        "clicked": "email.clicked",
    }.get(kind)
    heading = [{"name": "X-Metadata", "value": json.dumps(keys)}]
    data: Any = {"email_id": name, "to": [WHO], "headers": heading}
    if kind in {"bounced", "soft"}:
        word = "Permanent" if kind == "bounced" else "Transient"
        said = "hard bounce message" if kind == "bounced" else "bounce message: inbox was full"
        data["bounce"] = {"message": f"The provider sent a {said}.", "type": word}
    return event and {"type": event, "created_at": ISO, "data": data}


def mailtrap(kind: str, keys: Keys, name: str) -> Any:
    event = {
        "delivered": "delivery",
        "deferred": "suspension",
        "bounced": "bounce",
        "complained": "spam",
        "unsubscribed": "unsubscribe",
        "opened": "open",
        "clicked": "click",
    }.get(kind)
    said = {
        "event": event,
        "event_id": f"mt-{kind}",
        "message_id": name,
        "sending_stream": "bulk",
        "email": WHO,
        "timestamp": WHEN,
        "custom_variables": keys,
    }
    more = {"response": HARD, "response_code": 550} if kind == "bounced" else {}
    return event and {"events": [said | more]}


def unisender_go(kind: str, keys: Keys, name: str) -> Any:
    status = {
        "delivered": "delivered",
        "deferred": "soft_bounced",
        "bounced": "hard_bounced",
        "soft": "hard_bounced",
        "complained": "spam",
        "unsubscribed": "unsubscribed",
        "opened": "opened",
        "clicked": "clicked",
    }.get(kind)
    info = {
        "bounced": {"delivery_status": "err_user_unknown", "destination_response": HARD},
        "deferred": {"delivery_status": "err_will_retry"},
        "soft": {"delivery_status": "err_mailbox_full"},
    }.get(kind, {})
    data = {
        "email": WHO,
        "status": status,
        "event_time": "2026-11-01 10:00:00",
        "metadata": keys | {"anymail_id": name},
        "delivery_info": info,
    }
    events = [{"event_name": "transactional_email_status", "event_data": data}]
    return status and {"auth": "", "events_by_user": [{"user_id": 1, "events": events}]}


SHAPES: dict[str, Shape] = {
    shape.__name__: shape
    for shape in (
        amazon_ses,
        brevo,
        mailersend,
        mailgun,
        mailjet,
        mailtrap,
        mandrill,
        postal,
        postmark,
        resend,
        sendgrid,
        sparkpost,
        unisender_go,
    )
}
