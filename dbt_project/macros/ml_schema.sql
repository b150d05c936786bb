{#- The schema of the tables that mlx writes; a replay (var as_of) has one of its own. -#}
{% macro ml_schema() %}
    {% do return('ml' ~ as_of_suffix()) %}
{% endmacro %}


{% macro as_of_suffix() %}
    {% set as_of = var('as_of', none) %}
    {% do return('' if as_of is none else '_as_of_' ~ (as_of | string | replace('-', ''))) %}
{% endmacro %}


{% macro as_of_date() -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}
