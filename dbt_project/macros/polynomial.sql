{#- Polynomial in x with the coefficient of the highest power first, by Horner's scheme. -#}
{% macro polynomial(coefficients, x) -%}
    {% set sum = namespace(sql='cast(' ~ coefficients[0] ~ ' as double precision)') -%}
    {% for coefficient in coefficients[1:] -%}
        {% set sum.sql = '(' ~ coefficient ~ ' + ' ~ x ~ ' * ' ~ sum.sql ~ ')' -%}
    {% endfor -%}
    {{ sum.sql }}
{%- endmacro %}
