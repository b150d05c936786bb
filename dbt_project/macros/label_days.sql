{#- Trading days with the end date of each label, and whether labels of that day are (re)built:
    all days in a full build or when universe or sectors changed, else those whose labels a changed
    price can reach. -#}
{% macro label_days() -%}
    {%- set reach = var('entry_lag') + var('horizons') | max -%}
    select
        calendar.dt
        {%- for horizon in var('horizons') %},
        calendar.label_end_dt_{{ horizon }}d
        {%- endfor %},
        coalesce(calendar.last_end_dt, date '9999-12-31') as last_end_dt,
        {% if is_incremental() -%}
        (
            calendar.dt <= (select max(to_dt) from ({{ changed_ranges(this) }}) as changes)
            and coalesce(calendar.last_end_dt, date '9999-12-31')
                > (select min(after_dt) from ({{ changed_ranges(this) }}) as changes)
            and exists (
                select 1
                from ({{ changed_ranges(this) }}) as changes
                where
                    calendar.dt <= changes.to_dt
                    and coalesce(calendar.last_end_dt, date '9999-12-31') > changes.after_dt
            )
        )
        or {{ reference_version() }}
            is distinct from (select reference_version from {{ this }} limit 1)
        {%- else -%}
        {{ is_day_in_share('calendar.dt') }}
        {%- endif %} as is_touched
    from (
        select
            dt
            {%- for horizon in var('horizons') %},
            lead(dt, {{ var('entry_lag') + horizon }}) over (order by dt)
                as label_end_dt_{{ horizon }}d
            {%- endfor %},
            lead(dt, {{ reach }}) over (order by dt) as last_end_dt
        from {{ ref('int_trading_days') }}
        where is_open
    ) as calendar
{%- endmacro %}


{#- The distinct stretches of dates that price changes unseen by `relation` touched. -#}
{% macro changed_ranges(relation) -%}
    select distinct after_dt, to_dt
    from {{ ref('int_price_changes') }}
    where changed_at > {{ newest_change_in(relation) }}
{%- endmacro %}


{#- The fingerprint of universe and sectors; all labels carry the same one. -#}
{% macro reference_version() -%}
    (select reference_version from {{ ref('int_reference_version') }})
{%- endmacro %}
