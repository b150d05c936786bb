{#- True where a double precision expression is neither NULL, NaN nor infinite. -#}
{% macro is_finite(expression) -%}
    coalesce(
        {{ expression }} not in (
            cast('NaN' as double precision),
            cast('Infinity' as double precision),
            cast('-Infinity' as double precision)
        ), false
    )
{%- endmacro %}
