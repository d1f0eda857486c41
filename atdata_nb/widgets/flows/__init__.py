"""The widgets that publish and promote, and the desks that their pages talk to."""

from atdata_nb.widgets.flows.account import Account
from atdata_nb.widgets.flows.promote import Promote
from atdata_nb.widgets.flows.promotion import Promotion
from atdata_nb.widgets.flows.publish import Publish

__all__ = ["Account", "Promote", "Promotion", "Publish"]
