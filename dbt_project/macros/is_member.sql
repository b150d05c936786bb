{#- Whether a ticker belongs to the universe on a day; everything does while no universe is given. -#}
{% macro is_member(ticker, dt) -%}
    (
        not exists (select 1 from {{ ref('stg_market__universe') }})
        or exists (
            select 1
            from {{ ref('stg_market__universe') }} as spells
            where
                spells.ticker = {{ ticker }}
                and {{ dt }} between spells.start_dt and spells.end_dt
        )
    )
{%- endmacro %}
