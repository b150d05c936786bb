{#- A select of ticker, dt and the 158 features over a relation of daily bars. Rows marked `is_context`
    come first and are there for the windows' sake alone: they get no features. -#}
{% macro alpha158(relation) %}
    with

    series as (
        {{ alpha158_series(relation) | indent(8) }}
    ),

    rolled as (
        {{ rolling_columns('series') | indent(8) }}
    )

    select
        ticker,
        dt,
        {%- for name, expression in alpha158_features() %}
        cast({{ expression | indent(12) }} as real) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from rolled
{% endmacro %}
