{#- Each row with the twelve fives of its last 60 rows, and what has to be asked of the engine: the
    quantiles of long windows. Context rows have served their purpose here. -#}
{% macro duckdb_rolling_chained(relation) %}
{%- set no_five = duckdb_rolling_no_five() %}
with

side_by_side as (
    select
        *,
        {%- for rows in range(5, 60, 5) %}
        lag(five_0, {{ rows }}, {{ no_five }}) over by_day as five_{{ rows }},
        {%- endfor %}
        {%- for days in alpha158_windows() %}
        {%- if days > 10 %}
        quantile_cont(close, [0.2, 0.8]) over (
            partition by ticker order by dt rows {{ days - 1 }} preceding
        ) as close_quantiles_{{ days }},
        {%- endif %}
        lag(close, {{ days }}) over by_day as close_{{ days }}_ago{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    window by_day as (partition by ticker order by dt)
)

select * from side_by_side
where not is_context
{%- endmacro %}
