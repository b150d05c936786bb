{#- Two-sided p-value of a standard normal statistic, erfc(|z| / sqrt(2)): the Chebyshev fit of Press
    et al., Numerical Recipes (2nd ed. 1992), section 6.2, off by a factor of at most 1.2e-7. Beyond
    |z| = 37 it stays at its value there, about 1e-298: smaller numbers would not be finite logs. -#}
{% macro two_sided_p_value(z) -%}
    {% set x = '(least(abs(' ~ z ~ '), 37) / sqrt(cast(2 as double precision)))' -%}
    {% set u = '(1 / (1 + ' ~ x ~ ' / 2))' -%}
    {% set fit = namespace(sql='0.17087277') -%}
    {% for coefficient in [
        '-0.82215223', '1.48851587', '-1.13520398', '0.27886807', '-0.18628806', '0.09678418',
        '0.37409196', '1.00002368', '-1.26551223',
    ] -%}
        {% set fit.sql = '(' ~ coefficient ~ ' + ' ~ u ~ ' * ' ~ fit.sql ~ ')' -%}
    {% endfor -%}
    case when {{ z }} is not null then {{ u }} * exp({{ fit.sql }} - {{ x }} * {{ x }}) end
{%- endmacro %}
