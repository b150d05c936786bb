{#- The CTE `anchored`: per row of the CTE `touched` the last accepted price date before it, and the
    next one after it or its own end. Looks into the days around the change first, and through all
    prices of a ticker only where it finds none there: the cost does not grow with the history. -#}
{% macro last_prices_before(days=30) -%}
    {% if is_incremental() -%}
around as (

    select touched.ticker, accepted.dt
    from touched
    inner join {{ ref('int_accepted_prices') }} as accepted
        on touched.ticker = accepted.ticker and touched.from_dt - {{ days }} <= accepted.dt
    where accepted.dt >= (select min(from_dt) - {{ days }} from touched)

),

near as (

    select
        touched.ticker,
        touched.from_dt,
        touched.to_dt,
        max(case when around.dt < touched.from_dt then around.dt end) as before_dt,
        min(case when around.dt > touched.to_dt then around.dt end) as next_dt
    from touched
    left join around on touched.ticker = around.ticker
    group by touched.ticker, touched.from_dt, touched.to_dt

),

far as (

    select near.ticker, max(accepted.dt) as before_dt
    from near
    inner join {{ ref('int_accepted_prices') }} as accepted
        on near.ticker = accepted.ticker and near.from_dt > accepted.dt
    where near.before_dt is null
    group by near.ticker

),

anchored as (

    select
        near.ticker,
        coalesce(near.before_dt, far.before_dt, near.from_dt - 1) as after_dt,
        coalesce(near.next_dt, near.to_dt) as to_dt
    from near
    left join far on near.ticker = far.ticker

)
    {%- else -%}
anchored as (

    select ticker, from_dt - 1 as after_dt, to_dt from touched

)
    {%- endif %}
{%- endmacro %}
