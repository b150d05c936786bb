{#- Whether a counted date is a trading day: enough of the live tickers traded, or, with the var
    calendar_table, the user's calendar lists it. -#}
{% macro is_open_day() -%}
    {% if var('calendar_table') -%}
    dt in (select calendar.dt from {{ var('calendar_table') }} as calendar)
    {%- else -%}
    n_traded > 0 and n_traded >= {{ var('calendar_quorum') }} * n_live
    {%- endif %}
{%- endmacro %}


{#- Dates of the user's calendar, delivered or not, from the first delivered date to the last. -#}
{% macro calendar_table_candidates() -%}
    {% if var('calendar_table') -%}
        union all
        select calendar.dt, 0 as n_live, 0 as n_traded, 0 as n_refused, 1 as is_candidate
        from {{ var('calendar_table') }} as calendar
        where
            calendar.dt >= (select min(dt) from {{ ref('int_checked_prices') }})
            and calendar.dt <= (select max(dt) from {{ ref('int_checked_prices') }})
    {%- endif %}
{%- endmacro %}
