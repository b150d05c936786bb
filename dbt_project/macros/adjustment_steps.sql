{#- Over the CTEs `prices` and `spans`: what one share bought before a day has become on it, beyond the
    change of the close. One row per ticker and day on which that is not 1: splits and dividends where
    they are given, else the change of adj_close / close against the previous price. -#}
{% macro adjustment_steps() -%}
    select
        prices.ticker,
        prices.dt,
        coalesce(prices.split_ratio, 1) + coalesce(prices.dividend, 0) / prices.close as step
    from prices
    inner join spans on prices.ticker = spans.ticker and prices.dt > spans.first_dt
    where prices.split_ratio <> 1 or prices.dividend <> 0
    union all
    select ticker, dt, step
    from ({{ adj_close_steps() }}) as adj_close_steps
    where preference = 1 and abs(step - 1) > {{ var('adj_close_rounding') }}
{%- endmacro %}


{#- A vendor restates the level of adj_close at every split and dividend, and may deliver only the
    last days again. Both ends of a step must therefore stand on one basis: versions of one load,
    or a day's first version against its previous day as known then; the newest such pair. -#}
{% macro adj_close_steps() -%}
    select
        ticker,
        dt,
        (adj_close / close) / (previous_adj_close / previous_close) as step,
        row_number() over (
            partition by ticker, dt
            order by
                case
                    when previous_loaded_at = loaded_at then 0
                    when loaded_at = first_loaded_at and previous_loaded_at < loaded_at then 0
                    else 1
                end,
                loaded_at desc,
                previous_loaded_at desc
        ) as preference
    from ({{ pairs_of_versions() }}) as pairs
    where adj_close > 0 and close > 0 and previous_adj_close > 0 and previous_close > 0
{%- endmacro %}


{#- Each version of a day beside each version of its previous day, joined by equalities that an index
    serves. -#}
{% macro pairs_of_versions() -%}
    select
        prices.ticker,
        prices.dt,
        today.loaded_at,
        today.adj_close,
        today.close,
        previous.loaded_at as previous_loaded_at,
        previous.adj_close as previous_adj_close,
        previous.close as previous_close,
        min(
            case when today.split_ratio is null and today.dividend is null then today.loaded_at end
        ) over (partition by prices.ticker, prices.dt) as first_loaded_at
    from ({{ days_with_previous() }}) as prices
    inner join {{ ref('stg_market__price_versions') }} as today
        on prices.ticker = today.ticker and prices.dt = today.dt
    inner join {{ ref('stg_market__price_versions') }} as previous
        on prices.ticker = previous.ticker and prices.previous_dt = previous.dt
    where
        prices.has_adj_close_alone
        and {{ is_in_share('today.ticker') }}
        and {{ is_in_share('previous.ticker') }}
        {%- if is_incremental() %}
        and today.dt >= (select min(dt) from prices)
        and previous.dt >= (select min(dt) from prices)
        {%- endif %}
{%- endmacro %}


{#- Each price's day with its ticker's day before, of the tickers that have adj_close alone on some day:
    the window sorts no others. -#}
{% macro days_with_previous() -%}
    select
        ticker,
        dt,
        {{ has_adj_close_alone() }} as has_adj_close_alone,
        lag(dt) over (partition by ticker order by dt) as previous_dt
    from prices
    where ticker in (select ticker from prices where {{ has_adj_close_alone() }})
{%- endmacro %}


{#- Without `coalesce` PostgreSQL would expect one row of three conditions on nulls, and loop over all
    versions for each row. -#}
{% macro has_adj_close_alone() -%}
    coalesce(split_ratio is null and dividend is null and adj_close is not null, false)
{%- endmacro %}
