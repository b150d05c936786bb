{#- Fails with the tickers that lack a trading day between their first and their last row. -#}
{% test no_calendar_gaps(model) %}

select spans.ticker, spans.n_rows, count(*) as n_days
from (
    select ticker, min(dt) as from_dt, max(dt) as to_dt, count(*) as n_rows
    from {{ model }}
    group by ticker
) as spans
inner join {{ ref('int_trading_days') }} as trading_days
    on trading_days.is_open and trading_days.dt between spans.from_dt and spans.to_dt
group by spans.ticker, spans.n_rows
having count(*) <> spans.n_rows

{% endtest %}
