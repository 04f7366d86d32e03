"""The pages put together. Each group of pages hands in its handlers; what holds for all of them is said once, here."""

from litestar import Router
from litestar.di import Provide

from ringfence.interfaces.web.pages import (
    alerts,
    alerts_bulk,
    decisions,
    ledger,
    network,
    rulings,
    screenings,
    simulations,
)
from ringfence.interfaces.web.pages.home import home
from ringfence.interfaces.web.pages.listing import listing
from ringfence.interfaces.web.pages.lists import all_lists, changes, one_list
from ringfence.interfaces.web.pages.over_time import list_over_time
from ringfence.interfaces.web.pages.search import search
from ringfence.interfaces.web.pages.session import sign_in, sign_in_page, sign_out
from ringfence.interfaces.web.pages.static_files import static_file
from ringfence.interfaces.web.pages.worlds import world_of_page

pages = Router(
    "/",
    route_handlers=[
        home,
        search,
        listing,
        all_lists,
        one_list,
        list_over_time,
        changes,
        sign_in_page,
        sign_in,
        sign_out,
        static_file,
        *screenings.handlers,
        *decisions.handlers,
        *network.handlers,
        *simulations.handlers,
        *alerts.handlers,
        *alerts_bulk.handlers,
        *rulings.handlers,
        *ledger.handlers,
    ],
    dependencies={"world": Provide(world_of_page, sync_to_thread=True)},
    include_in_schema=False,
    opt={"page": True},
)
"""Every page: not in the OpenAPI document, its forms guarded by the token, its `world` that of the day in `?as_of=`."""
