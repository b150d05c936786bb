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


{#- A member's value minus the mean of the day's members. -#}
{% macro excess_over_members(value) -%}
    case when is_member then
        {{ value }} - avg(case when is_member then {{ value }} end) over (partition by dt)
    end
{%- endmacro %}


{#- A member's value minus the mean of the day's members of the same sector. -#}
{% macro excess_over_sector(value) -%}
    case when is_member and sector is not null then
        {{ value }} - avg(case when is_member then {{ value }} end) over (partition by dt, sector)
    end
{%- endmacro %}


{#- A member's average rank among the day's members as a share of their number, minus one half:
    in (-0.5, 0.5], as pandas' rank(pct=True) - 0.5. -#}
{% macro rank_among_members(value) -%}
    case when is_member and {{ value }} is not null then
        (
            rank() over (partition by dt, is_member, {{ value }} is null order by {{ value }})
            + (count(*) over (partition by dt, is_member, {{ value }}) - 1) / 2.0
        ) / cast(
            count({{ value }}) over (partition by dt, is_member) as double precision
        ) - 0.5
    end
{%- endmacro %}
