{#- A select of ticker, dt and the 158 features over a relation of daily bars. `context`: a condition
    on the rows that are there for the windows' sake alone and get no features. -#}
{% macro alpha158(relation, context='false') %}
    with

    series as (
        {{ alpha158_series(relation) | indent(8) }}
    ),

    rolled as (
        {{ rolling_columns('series', context) | indent(8) }}
    )

    select
        ticker,
        dt,
        {%- for name, expression in alpha158_features() %}
        cast({{ expression | indent(12) }} as real) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from rolled
{% endmacro %}
