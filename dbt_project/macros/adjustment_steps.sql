{#- Over the CTE `prices`: what one share bought before a day has become on it, beyond the change of
    the close. One row per ticker and day on which that is not 1: splits and dividends where they
    are given, else the change of adj_close / close against the previous price. -#}
{% macro adjustment_steps() -%}
    select
        ticker,
        dt,
        coalesce(split_ratio, 1) + coalesce(dividend, 0) / close as step
    from prices
    where previous_dt is not null and (split_ratio <> 1 or dividend <> 0)
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
        prices.ticker,
        prices.dt,
        (today.adj_close / today.close) / (previous.adj_close / previous.close) as step,
        row_number() over (
            partition by prices.ticker, prices.dt
            order by
                case
                    when previous.loaded_at = today.loaded_at then 0
                    when today.loaded_at = first_load.loaded_at
                        and previous.loaded_at < today.loaded_at then 0
                    else 1
                end,
                today.loaded_at desc,
                previous.loaded_at desc
        ) as preference
    from prices
    inner join {{ ref('stg_market__price_versions') }} as today
        on prices.ticker = today.ticker and prices.dt = today.dt
    inner join {{ ref('stg_market__price_versions') }} as previous
        on prices.ticker = previous.ticker and prices.previous_dt = previous.dt
    inner join (
        select ticker, dt, min(loaded_at) as loaded_at
        from {{ ref('stg_market__price_versions') }}
        where
            split_ratio is null and dividend is null
            and {{ is_in_share('ticker') }}
            {% if is_incremental() %}and dt >= (select min(dt) from prices){% endif %}
        group by ticker, dt
    ) as first_load on prices.ticker = first_load.ticker and prices.dt = first_load.dt
    where
        prices.split_ratio is null
        and prices.dividend is null
        and prices.adj_close is not null
        and {{ is_in_share('today.ticker') }}
        and {{ is_in_share('previous.ticker') }}
        and today.adj_close > 0 and today.close > 0
        and previous.adj_close > 0 and previous.close > 0
        {%- if is_incremental() %}
        and today.dt >= (select min(dt) from prices)
        and previous.dt >= (select min(previous_dt) from prices)
        {%- endif %}
{%- endmacro %}
