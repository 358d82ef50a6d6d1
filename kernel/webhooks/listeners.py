"""Webhooks hear every signal that somebody wants them to, as a courier's recipients."""

from kernel.hooks.couriers import employ
from kernel.webhooks.courier import WebhookCourier

employ(WebhookCourier())
